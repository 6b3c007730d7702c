"""Accuracy of several models together: the weighted sum of the scores that ``tools/test.py --dump`` wrote."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from mmengine.fileio import load

from mmaction.evaluation.functional import (
    get_weighted_score,
    mean_average_precision,
    mean_class_accuracy,
    softmax,
    top_k_accuracy,
)
from mmaction.evaluation.metrics._samples import get_field, many_hot, to_mapping, to_numpy

__all__ = ['fuse_and_rate']


class _Predictions(NamedTuple):
    file: str
    scores: np.ndarray  # (N, C)
    labels: list[np.ndarray]  # N times (number of labels,)


def fuse_and_rate(
    files: Sequence[str],
    coefficients: Sequence[float],
    apply_softmax: bool = False,
    multi_label: bool = False,
    labels: Sequence[int] | None = None,
) -> dict[str, float]:
    """Compute accuracies in 0..1 of the weighted sum of the scores.

    Args:
        files: dumped predictions, one file per model; ``path:component`` for models of several components.
        coefficients: weight of each model.
        apply_softmax: turn the scores of each model into probabilities first.
        multi_label: samples may have several labels.
        labels: true labels, for files of scores alone, as ``--out`` of MMAction2 0.x writes them.

    Returns:
        ``Mean Class Accuracy``, ``Top 1 Accuracy`` and ``Top 5 Accuracy``; with ``multi_label`` ``mAP``.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: there are not as many coefficients as files, or the files have different samples.
    """
    if len(files) != len(coefficients):
        raise ValueError(
            f'There are {len(files)} files in --preds and {len(coefficients)} --coefficients; each file needs one.'
        )
    models = [_read(file, labels) for file in files]
    first = models[0]
    for other in models[1:]:
        _check_same_samples(first, other)
    scores = [model.scores for model in models]
    if apply_softmax:
        scores = [softmax(table) for table in scores]
    fused = get_weighted_score(scores, coefficients)
    if multi_label:
        return {'mAP': float(mean_average_precision(fused, many_hot(first.labels, first.scores.shape[1])))}
    several = next((label for label in first.labels if len(label) != 1), None)
    if several is not None:
        raise ValueError(f'A sample has the labels {several.tolist()}; pass --multi-label if there may be several.')
    truth = [int(label[0]) for label in first.labels]
    top1, top5 = top_k_accuracy(fused, truth, (1, 5))
    return {
        'Mean Class Accuracy': float(mean_class_accuracy(fused, truth)),
        'Top 1 Accuracy': top1,
        'Top 5 Accuracy': top5,
    }


def _check_same_samples(first: _Predictions, other: _Predictions) -> None:
    same_number = len(other.labels) == len(first.labels)
    if not same_number or not all(map(np.array_equal, other.labels, first.labels)):
        raise ValueError(
            f'{other.file} has {len(other.labels)} samples whose labels differ from those of the {len(first.labels)} '
            f'of {first.file}: they come from different data, or in another order.'
        )
    if other.scores.shape != first.scores.shape:
        raise ValueError(f'{other.file} has scores {other.scores.shape}, {first.file} has {first.scores.shape}.')


def _read(name: str, known: Sequence[int] | None) -> _Predictions:
    """Read a file of predictions, ``PATH`` or ``PATH:COMPONENT``; ``known`` are the labels of scores alone."""
    path = name
    component = None
    # A colon may also belong to the path, such as C:\\scores.pkl.
    if not os.path.isfile(name) and ':' in name:
        path, _, component = name.rpartition(':')
    if not os.path.isfile(path):
        raise FileNotFoundError(f'There is no file of predictions at {path}. tools/test.py --dump {path} writes one.')
    samples = load(path)
    if not isinstance(samples, Sequence) or not len(samples):
        raise ValueError(f'{path} holds no samples; it should be what tools/test.py --dump wrote.')
    if known is not None and len(known) != len(samples):
        raise ValueError(f'{path} has the scores of {len(samples)} samples, but there are {len(known)} labels.')
    scores = []
    labels = []
    for index, sample in enumerate(samples):
        if known is not None:
            scores.append(to_numpy(_component(sample, component, path)))
            labels.append(np.array([known[index]]))
            continue
        fields = to_mapping(sample)
        score = get_field(fields, 'pred_score', 'report_accuracy')
        scores.append(to_numpy(_component(score, component, path)))
        labels.append(to_numpy(get_field(fields, 'gt_label', 'report_accuracy')).reshape(-1))
    if len({row.shape for row in scores}) > 1 or scores[0].ndim != 1:
        raise ValueError(f'{path} must have one row of scores per sample; average the clips when testing.')
    return _Predictions(name, np.stack(scores).astype(np.float64), labels)


def _component(score: Any, component: str | None, path: str) -> Any:
    if not isinstance(score, Mapping):
        if component is not None:
            raise ValueError(f'{path} has no components, but {component!r} is requested.')
        return score
    if component not in score:
        names = sorted(score)
        raise ValueError(f'{path} has scores of {names}; name one of them, such as {path}:{names[0]}.')
    return score[component]
