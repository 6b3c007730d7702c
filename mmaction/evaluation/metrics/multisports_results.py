"""Results of a test run in the format of the MultiSports challenge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmaction.evaluation.functional.multisports_utils import link_tubes
from mmaction.evaluation.metrics.multisports_metric import MultiSportsMetric

__all__ = ['format_detections']


def format_detections(
    samples: Sequence[Any], ann_file: str, strict: bool = False
) -> tuple[np.ndarray, dict[int, list[Any]]]:
    """Convert the samples that ``tools/test.py --dump`` wrote.

    Args:
        samples: results, with ``video_id``, ``timestamp`` and ``pred_instances``.
        ann_file: pickle of the ground truth; its videos and their sizes are used.
        strict: see :class:`MultiSportsMetric`.

    Returns:
        Boxes of frames (N, 8), sorted by video: index of the video, frame, class, score, and xyxy in pixels; and
        tubes by class, see :func:`link_tubes`.
    """
    metric = MultiSportsMetric(ann_file)
    metric.process(None, samples)
    rows = np.concatenate(metric.results) if metric.results else np.zeros((0, 8))
    rows = rows[rows[:, 0].argsort(kind='stable')]
    return rows, dict(link_tubes(metric.annos, rows, strict=strict))
