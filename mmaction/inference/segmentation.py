"""Segments of a video from its features, by a network of temporal segmentation."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import torch

from mmaction.annotations.record import Segment
from mmaction.annotations.targets import BACKGROUND
from mmaction.models.segmentation import Segmentor
from mmaction.structures.frame_labels import label_runs
from mmaction.utils.check import positive


def segment_features(
    model: Segmentor,
    features: np.ndarray,
    step_sec: float,
    start_sec: float = 0.0,
    background: Collection[str] = (BACKGROUND,),
    min_sec: float = 0.0,
    name: str = '',
) -> list[Segment]:
    """Predict the segments of a video.

    Args:
        model: in evaluation mode.
        features: (T, C), as files of features hold them.
        step_sec: seconds from one step of the features to the next.
        start_sec: where the first step begins.
        background: classes that are left out.
        min_sec: shorter segments are left out.
        name: of the model, written to the segments.

    Returns:
        Segments in the order of time. A score is the mean probability of the class over the segment; a label is a class
        name, or the class index as text where the model does not know the names.

    Raises:
        ValueError: ``step_sec`` is not positive; the features do not fit the model.
    """
    positive(step_sec, 'step_sec')
    (sample,) = model([torch.from_numpy(np.ascontiguousarray(features.T))], mode='predict')
    names = model.class_names or [str(index) for index in range(model.num_classes)]
    scores = sample.pred_score.cpu().numpy()  # (T, K)
    edges = start_sec + np.arange(len(scores) + 1) * step_sec
    return segments_of_scores(scores, edges, names, background, min_sec, name)


def segments_of_scores(
    scores: np.ndarray,
    edges: np.ndarray,
    names: Sequence[str],
    background: Collection[str] = (BACKGROUND,),
    min_sec: float = 0.0,
    name: str = '',
) -> list[Segment]:
    """Make segments of the probabilities of the steps of a video: the runs of steps with the same best class.

    Args:
        scores: (T, K).
        edges: (T + 1,), seconds; step i is from ``edges[i]`` to ``edges[i + 1]``.
        names: K class names.
        background: classes that are left out.
        min_sec: shorter segments are left out.
        name: of the model, written to the segments.

    Returns:
        Segments in the order of time. A score is the mean probability of the class over the segment.
    """
    segments = []
    for label, (first, last) in zip(*label_runs(scores.argmax(1))):
        start, end = float(edges[first]), float(edges[last])
        if names[label] in background or end - start < min_sec:
            continue
        score = float(scores[first:last, label].mean())
        segments.append(Segment(start, end, names[label], score=score, model=name))
    return segments
