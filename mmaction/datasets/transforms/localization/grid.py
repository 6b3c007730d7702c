"""Segments on the grid of the features: the time of each step in seconds, and crops."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least, positive


def resize_steps(features: np.ndarray, num_steps: int) -> np.ndarray:
    """Resample features: (C, T) -> (C, num_steps), linear between the middles of the steps."""
    length = features.shape[1]
    place = ((np.arange(num_steps) + 0.5) * length / num_steps - 0.5).clip(0, length - 1)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, length - 1)
    ratio = (place - low).astype(features.dtype)
    return features[:, low] * (1 - ratio) + features[:, high] * ratio


@TRANSFORMS.register_module()
class SegmentsOnFeatureGrid(BaseTransform):
    """Express segments in steps of the features, and write the times of the steps.

    Step i stands for the middle of its window of frames, ``(i * stride + num_frames / 2) / fps`` seconds.

    Reads ``raw_feature`` (C, T); ``annotations`` and ``labels``, as :class:`ActivityNetDataset` gives them; ``fps``, or
    ``duration_frame`` and ``duration_second``, where the argument is not given. Writes ``feature_step_sec``,
    ``feature_start_sec`` (of step 0); ``gt_segments``, float32 (N, 2), in steps, and ``gt_labels``, int64 (N,); with
    ``num_steps``, ``raw_feature`` (C, num_steps).

    Args:
        stride: frames from the window of a step to that of the next.
        num_frames: frames of a window; default: ``stride``.
        fps: frames per second of the video that the features were extracted from.
        num_steps: resize the features to this number of steps; default: unchanged.
        single_class: give all segments label 0, for a model that finds actions of whatever class.

    Raises:
        ValueError: neither argument nor record has the frame rate; there are no labels; a number is not positive.
    """

    role = 'labels'
    writes = ('feature_step_sec', 'feature_start_sec', 'gt_segments', 'gt_labels', 'raw_feature')

    def __init__(
        self,
        stride: float,
        num_frames: float | None = None,
        fps: float | None = None,
        num_steps: int | None = None,
        single_class: bool = False,
    ) -> None:
        for name, value in (('stride', stride), ('num_frames', num_frames), ('fps', fps), ('num_steps', num_steps)):
            if value is not None:
                positive(value, name)
        self.stride = stride
        self.num_frames = stride if num_frames is None else num_frames
        self.fps = fps
        self.num_steps = num_steps
        if num_steps is not None:
            self.reads = ('raw_feature',)
        self.single_class = single_class

    def with_steps(self, stride: float, num_frames: float, fps: float) -> SegmentsOnFeatureGrid:
        """A copy for features with another stride, window length and frame rate."""
        other = copy.copy(self)
        other.stride = stride
        other.num_frames = num_frames
        other.fps = fps
        return other

    def transform(self, results: dict) -> dict:
        fps = self._fps(results)
        step = self.stride / fps
        start = self.num_frames / 2 / fps
        if self.num_steps is not None:
            length = results['raw_feature'].shape[1]
            covered = ((length - 1) * self.stride + self.num_frames) / fps
            results['raw_feature'] = resize_steps(results['raw_feature'], self.num_steps)
            step = covered / self.num_steps
            start = step / 2
        results['feature_step_sec'] = float(step)
        results['feature_start_sec'] = float(start)
        annotations = results.get('annotations') or []
        segments = np.asarray([item['segment'] for item in annotations], np.float64).reshape(-1, 2)
        results['gt_segments'] = ((segments - start) / step).astype(np.float32)
        results['gt_labels'] = self._labels(results, len(segments))
        return results

    def _fps(self, results: dict) -> float:
        fps = self.fps or results.get('fps')
        if not fps and results.get('duration_frame') and results.get('duration_second'):
            fps = results['duration_frame'] / results['duration_second']
        if not fps:
            raise ValueError(
                f'The frame rate of video {results.get("video_name")} is not known: give fps, or annotate fps, or '
                'duration_frame and duration_second.'
            )
        return float(fps)

    def _labels(self, results: dict, count: int) -> np.ndarray:
        if self.single_class:
            return np.zeros(count, np.int64)
        if 'labels' in results:
            return np.asarray(results['labels'], np.int64).reshape(-1)
        if count:
            raise ValueError(
                f'Video {results.get("video_name")} has segments but no class indices. Give the dataset the class '
                'names, metainfo=dict(classes=FILE or LIST), or set single_class=True.'
            )
        return np.zeros(0, np.int64)


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class RandomFeatureCrop(BaseTransform):
    """Crop a random segment of the features, for training.

    Reads and changes ``raw_feature`` (C, T), ``gt_segments``, ``gt_labels`` and ``feature_start_sec``. A crop that
    keeps a segment is drawn, or any crop if none does. A segment of which less than ``keep`` is left is dropped, the
    others are cut at the ends.

    Args:
        max_steps: length of the crop if the features are longer.
        crop_ratio: least and greatest fraction to keep of features that are not longer; None keeps them whole.
        keep: fraction of a segment that must be left.
    """

    role = 'features'
    reads = ('raw_feature', 'gt_segments', 'gt_labels', 'feature_start_sec', 'feature_step_sec')
    writes = ('raw_feature', 'gt_segments', 'gt_labels', 'feature_start_sec')

    max_steps: int
    crop_ratio: Sequence[float] | None = (0.9, 1.0)
    keep: float = 0.5

    def __post_init__(self) -> None:
        at_least(1, self.max_steps, 'max_steps')
        if self.crop_ratio is not None and not 0 < self.crop_ratio[0] <= self.crop_ratio[1] <= 1:
            raise ValueError(f'crop_ratio ({self.crop_ratio}) must be (least, greatest) in (0, 1].')
        self.crop_ratio = None if self.crop_ratio is None else tuple(self.crop_ratio)

    def transform(self, results: dict) -> dict:
        length = results['raw_feature'].shape[1]
        if length > self.max_steps:
            size = self.max_steps
        elif self.crop_ratio is None:
            return results
        else:
            low, high = (max(round(ratio * length), 1) for ratio in self.crop_ratio)
            size = int(np.random.randint(low, high + 1))
        segments = results['gt_segments']
        kept = kept_share(segments, np.arange(length - size + 1), size) >= self.keep  # (S, N)
        starts = np.flatnonzero(kept.any(1)) if kept.any() else np.arange(len(kept))
        start = int(np.random.choice(starts))
        results['raw_feature'] = results['raw_feature'][:, start : start + size]
        results['gt_segments'] = (segments - start).clip(0, size)[kept[start]]
        results['gt_labels'] = results['gt_labels'][kept[start]]
        results['feature_start_sec'] += start * results['feature_step_sec']
        return results


def kept_share(segments: np.ndarray, starts: np.ndarray, size: int) -> np.ndarray:
    """Fractions of segments (N, 2) within the crops [start, start + size): (S, N)."""
    low = np.maximum(segments[:, 0], starts[:, None])
    high = np.minimum(segments[:, 1], starts[:, None] + size)
    length = np.maximum(segments[:, 1] - segments[:, 0], 1e-6)
    return np.maximum(high - low, 0) / length
