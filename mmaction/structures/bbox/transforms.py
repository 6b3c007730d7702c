"""Detections of a clip, sorted by class."""

from __future__ import annotations

import numpy as np
from torch import Tensor


def bbox2result(bboxes: Tensor, labels: Tensor, num_classes: int, thr: float | list[float] = 0.01) -> list[np.ndarray]:
    """Turn boxes with class scores into one array a class.

    Shapes: N: boxes. C: classes, class 0 being the background, which is left out.

    Args:
        bboxes: (N, 4), xyxy.
        labels: (N, C) scores.
        num_classes: C.
        thr: keep a box for a class whose score exceeds this; one value, or one for each of the C classes.

    Returns:
        C - 1 float32 arrays (n, 5): xyxy and score.
    """
    if len(bboxes) == 0:
        return [np.zeros((0, 5), np.float32) for _ in range(num_classes - 1)]
    thresholds = [thr] * num_classes if isinstance(thr, float | int) else list(thr)
    if len(thresholds) != num_classes:
        raise ValueError(f'thr has {len(thresholds)} values for {num_classes} classes; give one, or one a class.')
    boxes, scores = bboxes.cpu().numpy(), labels.cpu().numpy()
    result = []
    for cls in range(1, num_classes):
        keep = scores[:, cls] > thresholds[cls]
        result.append(np.concatenate([boxes[keep], scores[keep, cls, None]], axis=1).astype(np.float32))
    return result
