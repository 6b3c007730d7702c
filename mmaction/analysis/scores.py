"""Predictions that were written to a file, with the labels that a metric needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.fileio import exists, load

from mmaction.structures import ActionDataSample


def labelled_predictions(path: str, dataset: Any) -> list[Any]:
    """Read predictions of all samples of a dataset.

    Args:
        path: file that ``tools/test.py`` wrote: with ``--dump`` the data samples, with ``--out``, as MMAction2 0.x, the
            scores alone.
        dataset: called without arguments, it returns the dataset; for the labels of scores alone.

    Returns:
        Data samples, as metrics take them.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file holds no predictions, or not one per sample of the dataset.
    """
    if not exists(path):
        raise FileNotFoundError(f'There is no file of predictions at {path}. tools/test.py --dump {path} writes one.')
    predictions = load(path)
    if not isinstance(predictions, Sequence) or not len(predictions):
        raise ValueError(f'{path} holds no predictions; it should be what tools/test.py --dump or --out wrote.')
    first = predictions[0]
    if isinstance(first, Mapping) and any(key in first for key in _SAMPLE_KEYS):
        return list(predictions)
    if not _is_scores(first):
        return list(predictions)  # of a metric with a form of its own, such as the proposals of a localizer
    records = dataset()
    if len(records) != len(predictions):
        raise ValueError(f'{path} has predictions of {len(predictions)} samples, the dataset has {len(records)}.')
    samples = []
    for index, scores in enumerate(predictions):
        sample = ActionDataSample()
        if isinstance(scores, Mapping):
            sample.set_pred_score({name: torch.as_tensor(part) for name, part in scores.items()})
        else:
            sample.set_pred_score(torch.as_tensor(scores))
        sample.set_gt_label(records.get_data_info(index)['label'])
        samples.append(sample.to_dict())
    return samples


_SAMPLE_KEYS = ('pred_score', 'pred_scores', 'pred_label', 'pred_instances', 'gt_label', 'gt_labels')


def _is_scores(row: Any) -> bool:
    if isinstance(row, Mapping):
        return bool(row) and all(_is_scores(part) for part in row.values())
    if hasattr(row, 'dtype'):
        return bool(getattr(row, 'ndim', 0) == 1)
    return isinstance(row, list | tuple) and bool(row) and all(isinstance(value, int | float) for value in row)
