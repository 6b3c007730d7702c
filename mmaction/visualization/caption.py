"""Caption of a sample: rows with its true labels and its predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from mmaction.structures import ActionDataSample
from mmaction.visualization.overlay import GREEN, GREY, RGB, WHITE, Row


def label_name(label: int, classes: Sequence[str] | None) -> str:
    """Name of a class, or ``class <index>`` without a name."""
    if classes is not None and 0 <= label < len(classes):
        return str(classes[label])
    return f'class {label}'


def _array(value: Any) -> np.ndarray:
    if isinstance(value, torch.Tensor):
        return value.detach().float().cpu().numpy()
    return np.asarray(value, np.float64)


def _components(value: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Iterate over ``(component, values)``; the only component of a plain value is called ''."""
    if value is None:
        return
    if isinstance(value, dict):
        for name, part in value.items():
            yield str(name), _array(part)
    else:
        yield '', _array(value)


def class_scores(scores: np.ndarray) -> np.ndarray:
    """One score per class: scores of several clips, (V, C), are averaged."""
    if scores.ndim > 1:
        return scores.reshape(-1, scores.shape[-1]).mean(axis=0)
    return scores.reshape(-1)


def label_indices(labels: np.ndarray, num_classes: int | None) -> list[int]:
    """Class indices of a label array, which may be a multi-hot vector over all classes."""
    values = labels.reshape(-1).astype(np.int64)
    # Zeros and ones may also be the two class indices 0 and 1; longer than 2, they cannot be distinct indices.
    is_binary = values.size > 1 and np.isin(values, (0, 1)).all()
    if is_binary and (values.size == num_classes or values.size > 2):
        return np.flatnonzero(values).tolist()
    return values.tolist()


def gt_rows(sample: ActionDataSample, classes: Sequence[str] | None) -> list[Row]:
    """One row per component with its true label or labels."""
    rows = []
    for name, labels in _components(sample.get('gt_label')):
        indices = label_indices(labels, _num_classes(sample, name, classes))
        if indices and indices != [-1]:  # -1: a test set without labels
            text = ', '.join(label_name(i, classes) for i in indices)
            rows.append(Row(f'GT {name}: {text}' if name else f'GT: {text}', GREEN, max_lines=2))
    return rows


def _num_classes(sample: ActionDataSample, component: str, classes: Sequence[str] | None) -> int | None:
    if classes is not None:
        return len(classes)
    scores = dict(_components(sample.get('pred_score'))).get(component)
    return None if scores is None else scores.shape[-1]


def pred_rows(
    sample: ActionDataSample,
    classes: Sequence[str] | None,
    topk: int = 5,
    draw_score: bool = True,
    color: RGB = WHITE,
) -> list[Row]:
    """Top classes with their scores, best first; without scores, the predicted label.

    Scores in 0..1 are shown in percent with a bar, others (logits) as they are.
    """
    rows = []
    parts = list(_components(sample.get('pred_score')))
    for name, values in parts:
        scores = class_scores(values)
        if name:
            rows.append(Row(name, GREY))
        are_probabilities = bool(np.isfinite(scores).all() and scores.min() >= 0 and scores.max() <= 1 + 1e-6)
        for label in np.argsort(-scores, kind='stable')[:topk].tolist():
            score = float(scores[label])
            text = f'{score:.2f}'
            bar = None
            if are_probabilities:
                text = f'{100 * score:.1f} %'
                bar = score  # logits have no scale that a bar could show
            rows.append(Row(label_name(label, classes), color, text if draw_score else '', bar))
    if not parts:
        for name, labels in _components(sample.get('pred_label')):
            text = ', '.join(label_name(i, classes) for i in label_indices(labels, len(classes or ()) or None))
            rows.append(Row(f'Predicted {name}: {text}' if name else f'Predicted: {text}', color, max_lines=2))
    return rows
