"""Figures of predictions on the videos of a study, and the baselines to compare them with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from mmaction.annotations import Segment, Video
from mmaction.evaluation.functional.temporal_ap import Segments, class_average_precisions
from mmaction.evaluation.metrics import SegmentationMetric
from mmaction.structures.segments import pairwise_segment_iou
from mmaction.study.learn import EVENT_OVERLAPS, Table
from mmaction.study.predict import Predicted
from mmaction.study.run import Task
from mmaction.study.tasks import Study, labels_of, span_of

__all__ = ['majority', 'measure', 'targets']

_MATCH = 0.5  # tIoU of a predicted event that is right
_OF_SEGMENTS = ('edit', 'F1')  # figures that say nothing about whole videos


def measure(table: Table, videos: Sequence[Video], predicted: Mapping[str, Predicted]) -> dict[str, float]:
    """Figures of the predictions on videos by name, in percent; those of a class end in ``_CLASS``."""
    if table.study.task == 'events':
        return _event_figures(table, videos, {name: found.segments for name, found in predicted.items()})
    labels = {}
    for video in videos:
        count = len(table.labels(video))
        best = predicted[video.name].scores.scores.argmax(1)
        labels[video.name] = np.broadcast_to(best, count) if len(best) == 1 else best
    return _step_figures(table, videos, labels)


def majority(table: Table, videos: Sequence[Video]) -> dict[str, float]:
    """Figures of the most frequent class of the training videos, predicted everywhere."""
    study = table.study
    if study.task == 'events':
        label = Counter(label for video in study.train for label in labels_of('events', video)).most_common(1)[0][0]
        whole = {video.name: [Segment(0.0, span_of(video), label, score=1.0)] for video in videos}
        return _event_figures(table, videos, whole)
    counts = np.zeros(len(study.classes), np.int64)
    for video in study.train:
        counts += np.bincount(_once(study, table.labels(video)), minlength=len(counts))
    most = int(counts.argmax())
    return _step_figures(table, videos, {video.name: np.full_like(table.labels(video), most) for video in videos})


def _once(study: Study, labels: np.ndarray) -> np.ndarray:
    """The labels that count of the equal ones of a video with one label: one, whatever its length."""
    return labels[:1] if study.task == 'clips' else labels


def _step_figures(table: Table, videos: Sequence[Video], labels: Mapping[str, np.ndarray]) -> dict[str, float]:
    study = table.study
    names = list(study.step_classes)
    ignored = [names.index(name) for name in study.step_background]
    metric = SegmentationMetric(classes=names, class_wise=True, ignore_classes=ignored, prefix='val')
    for video in videos:
        true, pred = _once(study, table.labels(video)), _once(study, labels[video.name])
        metric.process(None, [dict(pred_label=pred, gt_label=true, num_classes=len(names))])
    figures = metric.compute_metrics(metric.results)
    kept = {}
    for name, value in figures.items():
        if np.isfinite(value) and not (study.task == 'clips' and name.startswith(_OF_SEGMENTS)):
            kept[name] = value
    return kept


def _event_figures(
    table: Table, videos: Sequence[Video], predicted: Mapping[str, Sequence[Segment]]
) -> dict[str, float]:
    """Mean average precision at several tIoU, over the classes that occur, and of each class at all of them."""
    study = table.study
    number = {name: index for index, name in enumerate(study.classes)}
    truth = []
    found = []
    for index, video in enumerate(videos):
        truth.append(_columns(index, number, _with_length(video)))
        found.append(_columns(index, number, predicted[video.name]))
    precision = class_average_precisions(
        Segments.concatenate(truth), Segments.concatenate(found), len(number), np.array(EVENT_OVERLAPS)
    )
    known = ~np.isnan(precision).any(0)
    if not known.any():
        return {f'mAP@{at:g}': 0.0 for at in EVENT_OVERLAPS}
    means = 100 * precision[:, known].mean(1)
    figures = {f'mAP@{at:g}': float(mean) for at, mean in zip(EVENT_OVERLAPS, means)}
    for name, column, is_known in zip(study.classes, precision.T, known):
        if is_known:
            figures[f'AP_{name}'] = float(100 * column.mean())
    return figures


def _with_length(video: Video) -> list[Segment]:
    return [segment for segment in video.segments if segment.end_sec > segment.start_sec]


def _columns(
    video: int, number: Mapping[str, int], segments: Sequence[Segment]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    spans = np.array([(segment.start_sec, segment.end_sec) for segment in segments], np.float64).reshape(-1, 2)
    labels = np.array([number[segment.label] for segment in segments], np.int64)
    scores = np.array([segment.score or 0.0 for segment in segments], np.float64)
    return np.full(len(segments), video), labels, spans, scores


def targets(
    table: Table, videos: Sequence[Video], predicted: Mapping[str, Predicted], task: Task
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (N, K) of a model for a task, and what is true (N,), to calibrate the former."""
    if task == 'events':
        return _event_targets(videos, predicted)
    scores = [predicted[video.name].scores.scores for video in videos]
    labels = [table.labels(video)[: len(own)] for video, own in zip(videos, scores)]
    return np.concatenate(scores), np.concatenate(labels)


def _event_targets(videos: Sequence[Video], predicted: Mapping[str, Predicted]) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (N, 2) that the predicted events are wrong or right, and if they are (N,).

    An event is right if it overlaps an annotated one of its class enough; each annotated one counts once, for the
    prediction with the highest score.
    """
    scores = []
    right = []
    for video in videos:
        free = _with_length(video)
        for segment in sorted(predicted[video.name].segments, key=lambda segment: -(segment.score or 0.0)):
            match = _match(segment, free)
            if match is not None:
                free.remove(match)
            score = segment.score or 0.0
            scores.append((1 - score, score))
            right.append(int(match is not None))
    return np.array(scores, np.float64).reshape(-1, 2), np.array(right, np.int64)


def _match(segment: Segment, free: Sequence[Segment]) -> Segment | None:
    same = [other for other in free if other.label == segment.label]
    if not same:
        return None
    spans = np.array([(other.start_sec, other.end_sec) for other in same])
    overlaps = pairwise_segment_iou(spans, np.array([[segment.start_sec, segment.end_sec]]))[:, 0]
    best = int(overlaps.argmax())
    return same[best] if overlaps[best] >= _MATCH else None
