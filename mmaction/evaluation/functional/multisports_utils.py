"""Average precision of frames and of tubes, as MultiSports evaluates them (arXiv:2105.07404).

Detections are rows (N, 8): index of the video in the first list of ``test_videos``, frame (from 1), class index,
score, box xyxy in pixels. Ground truth is the dict of the pickle, see :mod:`mmaction.utils.tube_files`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.logging import print_log

from mmaction.evaluation.functional.box_matching import Boxes, best_overlaps, first_claims
from mmaction.evaluation.functional.temporal_ap import interpolated_precision_recall
from mmaction.evaluation.functional.tubes import iou3d_voc, iou3dt_voc, link_boxes
from mmaction.structures.box_overlap import box_area, box_intersection, box_iou
from mmaction.utils.check import at_least
from mmaction.utils.tube_files import TubeAnnotation, parse_tubes

__all__ = [
    'area2d_voc',
    'frameAP',
    'iou2d_voc',
    'iou3d_voc',
    'iou3dt_voc',
    'link_tubes',
    'overlap2d_voc',
    'pr_to_ap_voc',
    'videoAP',
    'videoAP_all',
]

# Classes that MultiSports does not evaluate: there are too few of them.
_LEFT_OUT = frozenset(
    {
        'aerobic kick jump',
        'aerobic off axis jump',
        'aerobic butterfly jump',
        'aerobic balance turn',
        'basketball save',
        'basketball jump ball',
    }
)
_RANGES = {
    'v_map_0.05:0.45': np.linspace(0.05, 0.45, 9),
    'v_map_0.10:0.90': np.linspace(0.1, 0.9, 9),
    'v_map_0.50:0.95': np.linspace(0.5, 0.95, 10),
}

Tubes = dict[int, list[tuple[str, float, np.ndarray]]]
"""By class index: (video, score, tube (n, 6)) of the detected tubes."""


def area2d_voc(b: np.ndarray) -> np.ndarray:
    """Area of boxes xyxy: (..., 4) -> (...)."""
    return box_area(b)


def overlap2d_voc(b1: np.ndarray, b2: np.ndarray) -> np.ndarray:
    """Area that boxes xyxy share, row by row, or one with each: (N, 4) and (N or 1, 4) -> (N,)."""
    return box_intersection(b1, b2)


def iou2d_voc(b1: np.ndarray, b2: np.ndarray) -> np.ndarray:
    """IoU of boxes xyxy, row by row, or of one with each: (N, 4) and (N or 1, 4) -> (N,)."""
    return box_iou(b1, b2)


def pr_to_ap_voc(pr: np.ndarray) -> float:
    """Area under the monotone envelope of precision (column 0) over recall (column 1)."""
    return interpolated_precision_recall(pr[:, 0], pr[:, 1])


def _as_annotation(truth: Mapping[str, Any] | TubeAnnotation) -> TubeAnnotation:
    return truth if isinstance(truth, TubeAnnotation) else parse_tubes(truth)


def _evaluated(annotation: TubeAnnotation) -> Iterator[tuple[int, str, dict[str, Sequence[np.ndarray]]]]:
    """Yield index, name and tubes by video of each class that counts and has tubes in the test videos."""
    for label, name in enumerate(annotation.labels):
        if name in _LEFT_OUT:
            continue
        tubes = {}
        for video in annotation.test_videos[0]:
            found = annotation.tubes.get(video, {}).get(label, ())
            if len(found):
                tubes[video] = found
        if tubes:
            yield label, name, tubes


def _average_precision(matched: np.ndarray, num_truth: int) -> float:
    """Average precision (percent) of detections by falling score, (N,), True for true positives."""
    correct = matched.cumsum()
    precision = correct / np.arange(1, len(matched) + 1)
    return 100 * interpolated_precision_recall(precision, correct / num_truth)


def _summary(title: str, values: Mapping[str, float], print_info: bool) -> float:
    mean = float(np.mean(list(values.values()))) if values else float('nan')
    if print_info:
        lines = [f'{name:<40} {value:7.2f}' for name, value in values.items()]
        print_log('\n'.join([title, *lines, f'{"mean":<40} {mean:7.2f}']), logger='current')
    return mean


def frameAP(GT: Mapping[str, Any] | TubeAnnotation, alldets: np.ndarray, thr: float, print_info: bool = True) -> float:
    """Mean average precision of boxes in frames, in percent.

    Args:
        GT: ground truth.
        alldets: (N, 8), see above.
        thr: smallest IoU.
        print_info: log the result of each class.
    """
    annotation = _as_annotation(GT)
    alldets = np.asarray(alldets, np.float64).reshape(-1, 8)
    videos = {video: place for place, video in enumerate(annotation.test_videos[0])}
    stride = max([1, *annotation.num_frames.values()]) + 1
    values = {}
    for label, name, tubes in _evaluated(annotation):
        boxes = np.concatenate([np.asarray(tube) for found in tubes.values() for tube in found])
        counts = [sum(map(len, found)) for found in tubes.values()]
        video = np.repeat([videos[video] for video in tubes], counts)
        truth = _frames_of(video * stride + boxes[:, 0], boxes[:, 1:5])
        rows = alldets[alldets[:, 2] == label]
        rows = rows[(-rows[:, 3]).argsort(kind='stable')]
        found = _frames_of(rows[:, 0] * stride + rows[:, 1], rows[:, 4:8])
        matched = first_claims(*best_overlaps(found, truth), rows[:, 3], thr)
        values[name] = _average_precision(matched, len(truth))
    return _summary(f'Frame AP at IoU {thr} (percent)', values, print_info)


def _frames_of(frame: np.ndarray, boxes: np.ndarray) -> Boxes:
    return Boxes(frame.astype(np.int64), np.zeros(len(frame), np.int64), boxes)


def link_tubes(
    anno: Mapping[str, Any] | TubeAnnotation,
    frm_dets: np.ndarray,
    K: int = 1,
    len_thre: int = 15,
    *,
    strict: bool = False,
) -> Tubes:
    """Link the detections of all test videos to tubes; see :func:`~mmaction.evaluation.functional.tubes.link_boxes`.

    Args:
        anno: ground truth; its videos, classes and numbers of frames are used.
        frm_dets: (N, 8), see above.
        K: frames per detection; only 1.
        len_thre: shortest tube, in frames.
        strict: use the score of each detection. MMAction2 takes that of the last row for all, on which published
            video mAPs rest.
    """
    if K != 1:
        raise ValueError(f'K ({K}) must be 1: detections are boxes of single frames.')
    at_least(1, len_thre, 'len_thre')
    annotation = _as_annotation(anno)
    dets = np.asarray(frm_dets, np.float64).reshape(-1, 8)
    rows = dets[:, [1, 4, 5, 6, 7, 3]]
    if len(rows) and not strict:
        rows[:, 5] = rows[-1, 5]
    tubes: Tubes = {label: [] for label in range(len(annotation.labels))}
    for place, video in enumerate(annotation.test_videos[0]):
        of_video = dets[:, 0] == place
        for label in np.unique(dets[of_video, 2]).astype(int).tolist():
            chosen = rows[of_video & (dets[:, 2] == label)]
            linked = link_boxes(chosen, annotation.num_frames[video], len_thre)
            tubes[label] += [(video, score, tube) for score, tube in linked]
    return tubes


@dataclass(frozen=True, eq=False)
class _ClassTubes:
    """Detected tubes of a class by falling score, and the annotated tube that each overlaps most."""

    name: str
    best: np.ndarray  # (N,), spatio-temporal IoU
    place: np.ndarray  # (N,), number of the annotated tube
    score: np.ndarray  # (N,)
    num_truth: int

    def average_precision(self, thr: float) -> float:
        matched = first_claims(self.best, self.place, self.score, thr)
        return _average_precision(matched, self.num_truth)


def _class_tubes(annotation: TubeAnnotation, alldets: Mapping[int, Sequence]) -> list[_ClassTubes]:
    results = []
    for label, name, tubes in _evaluated(annotation):
        counts = [len(found) for found in tubes.values()]
        first = dict(zip(tubes, np.cumsum(counts) - counts))
        dets = sorted(alldets.get(label, ()), key=lambda det: -det[1])
        best = np.full(len(dets), -1.0)
        place = np.zeros(len(dets), np.int64)
        for i, (video, _, tube) in enumerate(dets):
            if video in tubes:
                overlap = [iou3dt_voc(truth, tube) for truth in tubes[video]]
                best[i] = max(overlap)
                place[i] = first[video] + int(np.argmax(overlap))
        score = np.array([det[1] for det in dets], np.float64)
        results.append(_ClassTubes(name, best, place, score, sum(counts)))
    return results


def videoAP(
    GT: Mapping[str, Any] | TubeAnnotation, alldets: Mapping[int, Sequence], thr: float, print_info: bool = True
) -> float:
    """Mean average precision of tubes, in percent.

    Args:
        GT: ground truth.
        alldets: by class index, (video, score, tube) of the detected tubes.
        thr: smallest spatio-temporal IoU.
        print_info: log the result of each class.
    """
    classes = _class_tubes(_as_annotation(GT), alldets)
    values = {one.name: one.average_precision(thr) for one in classes}
    return _summary(f'Video AP at IoU {thr} (percent)', values, print_info)


def videoAP_all(
    groundtruth: Mapping[str, Any] | TubeAnnotation, detections: Mapping[int, Sequence]
) -> dict[str, float]:
    """Mean of :func:`videoAP` over the thresholds 0.05 to 0.45, 0.1 to 0.9 and 0.5 to 0.95, to four decimals."""
    classes = _class_tubes(_as_annotation(groundtruth), detections)
    results = {}
    for name, thresholds in _RANGES.items():
        values = [[one.average_precision(thr) for one in classes] for thr in thresholds]
        results[name] = round(float(np.mean(values)), 4) if classes else float('nan')
    return results
