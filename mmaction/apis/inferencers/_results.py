"""Predictions as plain numbers, and the file they are written to."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from mmaction.structures import ActionDataSample

_SUFFIXES = ('.json', '.pkl', '.pickle')


def label_and_scores(sample: ActionDataSample) -> tuple[list[int], list[float]]:
    """The best class (in a list) and the score of every class; views that the model did not average are averaged.

    Raises:
        ValueError: the sample has no scores of classes.
    """
    scores = sample.get('pred_score') if isinstance(sample, ActionDataSample) else None
    if not isinstance(scores, Tensor):
        raise ValueError(f'The model predicts no scores of classes but {type(sample).__name__} with {_held(sample)}.')
    if scores.ndim == 1:
        return sample.pred_label.tolist(), scores.tolist()
    mean = scores.float().reshape(-1, scores.shape[-1]).mean(0)
    return [int(mean.argmax())], mean.tolist()


def _held(sample: Any) -> str:
    return ', '.join(sample.keys()) if isinstance(sample, ActionDataSample) else f'shape {tuple(np.shape(sample))}'


def check_out_file(path: str) -> None:
    """Raise ValueError where the suffix tells no format."""
    if path and not path.lower().endswith(_SUFFIXES):
        raise ValueError(f'pred_out_file ({path}) must end in {", ".join(_SUFFIXES)}.')


def write_results(results: Any, path: str) -> None:
    """Write results as JSON or pickle, as the suffix says."""
    from mmengine.fileio import dump

    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    dump(results, path)


def pack_results(
    samples: Sequence[ActionDataSample],
    to_dict: Callable[[ActionDataSample], dict[str, Any]],
    visualization: Sequence[np.ndarray] | None = None,
    return_datasample: bool = False,
    print_result: bool = False,
    pred_out_file: str = '',
) -> dict[str, list]:
    """Print and write predictions, and put them together with what was drawn.

    Args:
        samples: with the predictions.
        to_dict: makes plain numbers of a sample.
        visualization: frames with the predictions, an array a sample.
        return_datasample: return ``samples`` themselves; what is printed and written are plain numbers.
        print_result: print them.
        pred_out_file: file to write them to.
    """
    check_out_file(pred_out_file)
    plain = print_result or pred_out_file or not return_datasample
    predictions = [to_dict(sample) for sample in samples] if plain else []
    if print_result:
        print({'predictions': predictions})
    if pred_out_file:
        write_results({'predictions': predictions}, pred_out_file)
    return {
        'predictions': list(samples) if return_datasample else predictions,
        'visualization': list(visualization or []),
    }
