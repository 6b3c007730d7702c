"""Mean average precision of temporal detections, from a file of ground truth and one of detections."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.fileio import load

from mmaction.evaluation.functional.temporal_ap import Segments, class_average_precisions

__all__ = ['ActivityNetLocalization', 'compute_average_precision_detection', 'strip_video_prefix']


def strip_video_prefix(name: str) -> str:
    """Remove ``v_`` from the name of a video: annotations and features have it, ActivityNet's result files do not."""
    return name.removeprefix('v_')


def _load_dict(path: str | os.PathLike, what: str) -> dict:
    data = load(os.fspath(path), file_format='json')
    if not isinstance(data, dict):
        raise ValueError(f'{path} ({what}) must hold a dict, found {type(data).__name__}.')
    return data


def _segment(entry: Any, where: str) -> tuple[float, float]:
    try:
        start, end = map(float, entry['segment'])
    except (TypeError, KeyError, ValueError):
        raise ValueError(f'{where}: an entry must have segment=[start, end], found {entry!r}.') from None
    return start, end


class ActivityNetLocalization:
    """Mean average precision of temporal detections (ActivityNet's detection task), from files.

    Args:
        ground_truth_filename: JSON of annotations in the layout of :class:`ActivityNetDataset`.
        prediction_filename: JSON ``{"results": {video: [{"label", "segment", "score"}, ...]}}``; names of videos
            with or without ``v_``.
        tiou_thresholds: smallest tIoU that counts as found; K of them.
        verbose: print the numbers of segments and detections, and the results.

    Attributes:
        activity_index: index of each class of the ground truth. Detections of other classes are ignored.
        ap: (K, classes), after :meth:`evaluate`.
        mAP: (K,), its mean over the classes; average_mAP: the mean of that.

    Raises:
        OSError: a file name is missing.
        ValueError: a file is malformed, or the ground truth has no segment.
    """

    def __init__(
        self,
        ground_truth_filename: str | None = None,
        prediction_filename: str | None = None,
        tiou_thresholds: np.ndarray = np.linspace(0.5, 0.95, 10),
        verbose: bool = False,
    ) -> None:
        if not ground_truth_filename:
            raise OSError('Please give ground_truth_filename, the json of annotations.')
        if not prediction_filename:
            raise OSError('Please give prediction_filename, the json of detections.')
        self.tiou_thresholds = np.asarray(tiou_thresholds, np.float64)
        self.verbose = verbose
        self.ap: np.ndarray | None = None
        self._videos: dict[str, int] = {}
        self.ground_truth, self.activity_index = self._import_ground_truth(ground_truth_filename)
        self.prediction = self._import_prediction(prediction_filename)
        if verbose:
            print(
                f'{len(self.ground_truth)} segments of {len(self.activity_index)} classes in {len(self._videos)} '
                f'videos; {len(self.prediction)} detections.'
            )

    def _import_ground_truth(self, path: str) -> tuple[Segments, dict[str, int]]:
        parts: list[tuple] = []
        index: dict[str, int] = {}
        for name, info in _load_dict(path, 'ground truth').items():
            video = self._videos.setdefault(strip_video_prefix(name), len(self._videos))
            for annotation in info.get('annotations', ()):
                segment = _segment(annotation, f'{path}, video {name!r}')
                label = index.setdefault(annotation.get('label'), len(index))
                parts.append(([video], [label], [segment], [0]))
        if not parts:
            raise ValueError(f'{path} has no annotated segment: average precision is not defined.')
        return Segments.concatenate(parts), index

    def _import_prediction(self, path: str) -> Segments:
        data = _load_dict(path, 'detections')
        if not isinstance(data.get('results'), dict):
            raise ValueError(f'{path} must have the key "results", a dict of videos; found {sorted(data)}.')
        parts = []
        for name, entries in data['results'].items():
            key = name if name in self._videos else strip_video_prefix(name)
            video = self._videos.get(key, -1)  # -1: a false positive, in a video without ground truth
            for entry in entries:
                segment = _segment(entry, f'{path}, video {name!r}')
                if 'label' not in entry or 'score' not in entry:
                    raise ValueError(f'{path}, video {name!r}: an entry must have label and score, found {entry!r}.')
                if entry['label'] in self.activity_index:
                    parts.append(([video], [self.activity_index[entry['label']]], [segment], [entry['score']]))
        return Segments.concatenate(parts)

    def wrapper_compute_average_precision(self) -> np.ndarray:
        """Average precision of each class, (K, classes)."""
        return class_average_precisions(
            self.ground_truth, self.prediction, len(self.activity_index), self.tiou_thresholds
        )

    def evaluate(self) -> tuple[np.ndarray, float]:
        """Mean over the classes for each threshold (K,), and the mean of that."""
        self.ap = self.wrapper_compute_average_precision()
        self.mAP = self.ap.mean(axis=1)
        self.average_mAP = float(self.mAP.mean())
        if self.verbose:
            for threshold, value in zip(self.tiou_thresholds, self.mAP):
                print(f'mAP@{threshold:g}: {value:.4f}')
            print(f'average mAP: {self.average_mAP:.4f}')
        return self.mAP, self.average_mAP


def compute_average_precision_detection(
    ground_truth: Sequence[Mapping[str, Any]],
    prediction: Sequence[Mapping[str, Any]],
    tiou_thresholds: np.ndarray = np.linspace(0.5, 0.95, 10),
) -> np.ndarray:
    """Average precision of the detections of one class.

    Args:
        ground_truth: dicts of ``video-id``, ``t-start`` and ``t-end``.
        prediction: dicts of the same, and ``score``.
        tiou_thresholds: smallest tIoU that counts as found; K of them.

    Returns:
        (K,); 0 without predictions, NaN without ground truth.
    """
    number: dict[Any, int] = {}
    tables = []
    for rows in (ground_truth, prediction):
        parts = []
        for row in rows:
            video = number.setdefault(row['video-id'], len(number))
            parts.append(([video], [0], [(row['t-start'], row['t-end'])], [row.get('score', 0)]))
        tables.append(Segments.concatenate(parts))
    truth, found = tables
    return class_average_precisions(truth, found, 1, tiou_thresholds)[:, 0]
