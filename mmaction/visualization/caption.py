"""The rows of text that tell what a sample is and what was predicted for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from mmaction.structures import ActionDataSample
from mmaction.visualization.overlay import GREEN, GREY, RGB, WHITE, Row


def label_name(label: int, classes: Sequence[str] | None) -> str:
    """Name of a class, or its index where there is no name."""
    if classes is not None and 0 <= label < len(classes):
        return str(classes[label])
    return f'class {label}'


def _array(value: Any) -> np.ndarray:
    return value.detach().float().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value, np.float64)


def _components(value: Any) -> Iterator[tuple[str, np.ndarray]]:
    """``(component, values)``; the name is '' where there is but one."""
    if value is None:
        return
    if isinstance(value, dict):
        for name, part in value.items():
            yield str(name), _array(part)
    else:
        yield '', _array(value)


def class_scores(scores: np.ndarray) -> np.ndarray:
    """One score a class: scores of several clips, (V, C), are averaged."""
    return scores.reshape(-1, scores.shape[-1]).mean(axis=0) if scores.ndim > 1 else scores.reshape(-1)


def label_indices(labels: np.ndarray, num_classes: int | None) -> list[int]:
    """Class indices of a label tensor, which may be a multi-hot vector of all classes."""
    values = labels.reshape(-1).astype(np.int64)
    is_hot = values.size > 1 and np.isin(values, (0, 1)).all() and (values.size == num_classes or values.size > 2)
    return np.flatnonzero(values).tolist() if is_hot else values.tolist()


def gt_rows(sample: ActionDataSample, classes: Sequence[str] | None) -> list[Row]:
    """One row with the true label(s) a component."""
    rows = []
    for name, labels in _components(sample.get('gt_label')):
        scores = dict(_components(sample.get('pred_score'))).get(name)
        count = len(classes) if classes is not None else None if scores is None else scores.shape[-1]
        indices = label_indices(labels, count)
        if indices and indices != [-1]:  # -1: a test set without labels
            text = ', '.join(label_name(i, classes) for i in indices)
            rows.append(Row(f'GT {name}: {text}' if name else f'GT: {text}', GREEN, max_lines=2))
    return rows


def pred_rows(
    sample: ActionDataSample,
    classes: Sequence[str] | None,
    topk: int = 5,
    draw_score: bool = True,
    color: RGB = WHITE,
) -> list[Row]:
    """The best classes with their scores, best first; without scores, the predicted label.

    Scores in 0..1 are shown as per cent with a bar, others as they are.
    """
    rows = []
    parts = list(_components(sample.get('pred_score')))
    for name, values in parts:
        scores = class_scores(values)
        if name:
            rows.append(Row(name, GREY))
        are_shares = bool(np.isfinite(scores).all() and scores.min() >= 0 and scores.max() <= 1 + 1e-6)
        for label in np.argsort(-scores, kind='stable')[:topk].tolist():
            score = float(scores[label])
            value = (f'{100 * score:.1f} %' if are_shares else f'{score:.2f}') if draw_score else ''
            rows.append(Row(label_name(label, classes), color, value, score if are_shares else None))
    if not parts:
        for name, labels in _components(sample.get('pred_label')):
            text = ', '.join(label_name(i, classes) for i in label_indices(labels, len(classes or ()) or None))
            rows.append(Row(f'Predicted {name}: {text}' if name else f'Predicted: {text}', color, max_lines=2))
    return rows
