"""Chance-level baseline of temporal localization: segments that are made without a look at the videos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from mmaction.evaluation.metrics.anet_metric import ANetMetric

QUANTILES = (0.5, 0.25, 0.75, 0.1, 0.9)  # of the lengths of the training actions, the most probable length first
OVERLAP = 0.5  # of neighboring segments, as a fraction of their length

Annotations = Mapping[str, Mapping[str, Any]]  # by video, in ActivityNetDataset's format
Detections = tuple[np.ndarray, np.ndarray, Sequence[str] | None]  # segments (N, 2) in seconds, scores (N,), N labels


def evaluate(train: Annotations, val: Annotations, thresholds: Sequence[float]) -> dict[str, float]:
    """Compute AR@AN and mAP of uniform segments on ``val``.

    Args:
        train: gives the lengths of the segments and the frequencies of the classes.
        val: ground truth.
        thresholds: tIoU thresholds of mAP.
    """
    annotations = [annotation for info in train.values() for annotation in info['annotations']]
    durations = [annotation['segment'][1] - annotation['segment'][0] for annotation in annotations]
    lengths = np.quantile(durations, QUANTILES)
    counts = Counter(annotation['label'] for annotation in annotations)
    priors = {label: count / len(annotations) for label, count in counts.items()}

    # Recall counts segments, so each takes part once. Precision is per class, so each stands for all classes.
    proposals: dict[str, Detections] = {}
    detections: dict[str, Detections] = {}
    for name, info in val.items():
        segments, scores = uniform_segments(info['duration_second'], lengths)
        proposals[name] = (segments, scores, None)
        detections[name] = _repeat_for_classes(segments, scores, priors)
    recall = _run_metric(ANetMetric('AR@AN'), val, proposals)
    return recall | _run_metric(ANetMetric('mAP', metric_options=_options(thresholds)), val, detections)


def evaluate_results(
    results: Sequence[Mapping[str, Any]], val: Annotations, thresholds: Sequence[float]
) -> dict[str, float]:
    """Compute AR@AN and mAP of detections in ActivityNet's format.

    Args:
        results: contents of result files, together for all videos of ``val``.
        val: ground truth.
        thresholds: tIoU thresholds of mAP.

    Raises:
        ValueError: a video has no results.
    """
    entries = {video: found for part in results for video, found in part['results'].items()}
    missing = [name for name in val if name not in entries]
    if missing:
        raise ValueError(f'There are no results for {len(missing)} of {len(val)} videos, the first is {missing[0]}.')
    detections: dict[str, Detections] = {}
    for name in val:
        segments = np.array([entry['segment'] for entry in entries[name]], np.float64).reshape(-1, 2)
        scores = np.array([entry['score'] for entry in entries[name]], np.float64)
        detections[name] = (segments, scores, [entry['label'] for entry in entries[name]])
    return _run_metric(ANetMetric(['AR@AN', 'mAP'], metric_options=_options(thresholds)), val, detections)


def uniform_segments(duration_sec: float, lengths: Sequence[float] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cover a video with segments of each length, which overlap by half.

    Args:
        duration_sec: duration of the video.
        lengths: seconds, the most probable first.

    Returns:
        Segments (N, 2) in seconds, and scores (N,) that fall with the rank of the length. Within a length, the
        segments with the highest scores lie far apart.
    """
    segments = []
    scores = []
    for rank, length in enumerate(lengths):
        length = min(length, duration_sec)
        count = max(round((duration_sec - length) / (length * (1 - OVERLAP))) + 1, 1)
        starts = np.linspace(0, duration_sec - length, count)
        segments.append(np.stack([starts, starts + length], 1))
        # The small slope breaks ties: recall at few segments should not depend on their order in the list.
        scores.append(np.full(count, 1 / (1 + rank)) - 1e-4 * spread(count))
    return np.concatenate(segments), np.concatenate(scores)


def spread(count: int) -> np.ndarray:
    """Rank the indices 0..count-1 such that the first ranks lie far apart.

    The middle has rank 0, followed by the middles of the two halves, and so on.

    Returns:
        int (count,)
    """
    rank = np.empty(count, int)
    pending = [(0, count)]
    done = 0
    while pending:
        low, high = pending.pop(0)
        if low < high:
            middle = (low + high) // 2
            rank[middle] = done
            done += 1
            pending += [(low, middle), (middle + 1, high)]
    return rank


def _repeat_for_classes(segments: np.ndarray, scores: np.ndarray, priors: Mapping[str, float]) -> Detections:
    """Give each segment to each class, with its score times the frequency of the class."""
    frequency = np.repeat(list(priors.values()), len(scores))
    labels = np.repeat(list(priors), len(scores)).tolist()
    return np.tile(segments, (len(priors), 1)), np.tile(scores, len(priors)) * frequency, labels


def _options(thresholds: Sequence[float]) -> dict[str, dict]:
    return dict(mAP=dict(temporal_iou_thresholds=list(thresholds)))


def _run_metric(metric: ANetMetric, val: Annotations, detections: Mapping[str, Detections]) -> dict[str, float]:
    samples = []
    predictions = []
    for name, (segments, scores, labels) in detections.items():
        samples.append(SimpleNamespace(metainfo=dict(video_name=name, annotations=val[name]['annotations'])))
        predictions.append(dict(video_name=name, segments=segments, scores=scores, labels=labels))
    metric.process(dict(data_samples=samples), predictions)
    return dict(metric.evaluate(len(val)))
