"""``UniformSample`` and ``UniformSampleFrames``: one frame out of each of ``clip_len`` equal segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmaction.datasets.transforms.results import total_frames
from mmaction.datasets.transforms.sampling.sampler import Sampler
from mmaction.datasets.transforms.sampling.starts import RandomSource
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least


def segment_bounds(total: int, clip_len: int) -> np.ndarray:
    """Bounds of ``clip_len`` segments of ``[0, total - 1]``, rounded half to even.

    Returns:
        int64 (clip_len + 1,)
    """
    return np.round(np.arange(clip_len + 1) * ((total - 1) / clip_len)).astype(np.int64)


def segment_frames(total: int, clip_len: int, num_clips: int) -> np.ndarray:
    """Frames at ``1/(n+1), ..., n/(n+1)`` of each segment, clip by clip; one clip takes the centres.

    Returns:
        int64 (num_clips * clip_len,)
    """
    part = (total - 1) / clip_len / (num_clips + 1)
    offsets = (part * np.arange(1, num_clips + 1)).astype(np.int64)
    frames: np.ndarray = offsets[:, None] + segment_bounds(total, clip_len)[:-1]  # (num_clips, clip_len)
    return frames.reshape(-1)


def spread_frames(total: int, clip_len: int, rand: RandomSource) -> np.ndarray:
    """``clip_len`` frames at random, in order and all over the video; ``total`` is at least ``clip_len``.

    From ``2 * clip_len`` frames on each lies in its own segment; below, ``total - clip_len`` frames are left out.

    Returns:
        int64 (clip_len,)
    """
    if total < 2 * clip_len:
        skipped = np.zeros(clip_len + 1, dtype=np.int64)
        skipped[rand.choice(clip_len + 1, total - clip_len, replace=False)] = 1
        return np.arange(clip_len) + np.cumsum(skipped)[:-1]
    bounds = np.arange(clip_len + 1) * total // clip_len
    frames: np.ndarray = bounds[:-1] + rand.randint(np.diff(bounds))
    return frames


def spread_clips(total: int, clip_len: int, num_clips: int, seed: int | None = None) -> np.ndarray:
    """Frames of some clips, each over the whole video (PoseConv3D, arXiv:2104.13586, section 3.3).

    Args:
        total: frames of the video; fewer than ``clip_len`` are looped.
        clip_len: frames of a clip.
        num_clips: clips.
        seed: for draws that are always the same, short videos then start at as many different frames as there are
            clips; None draws from ``numpy.random``.

    Returns:
        int64 (num_clips * clip_len,)
    """
    rand = np.random if seed is None else np.random.RandomState(seed)

    def clip(number: int) -> np.ndarray:
        if total >= clip_len:
            return spread_frames(total, clip_len, rand)
        # The clips of a test start at as many different frames as possible; a draw could repeat one.
        if seed is None:
            first = rand.randint(total)
        elif total < num_clips:
            first = number
        else:
            first = number * total // num_clips
        return (first + np.arange(clip_len)) % total

    return np.concatenate([clip(i) for i in range(num_clips)])


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class UniformSample(Sampler):
    """Take one frame from each of ``clip_len`` equal segments of the video, as SlowFast does on Something-Something.

    Training draws the frame within the segment. Testing takes the centre or, of several clips, the ``i``-th takes the
    frame at ``i / (num_clips + 1)`` of each segment. A video shorter than the clip repeats frames.

    Args:
        clip_len: frames of a clip.
        num_clips: clips of a video.
        test_mode: deterministic.
    """

    role = 'sample'  # stated again with each `transform`: check_pipeline does not trust an inherited declaration

    clip_len: int
    num_clips: int = 1
    test_mode: bool = False

    def __post_init__(self) -> None:
        at_least(1, self.clip_len, 'clip_len', 'Did you mean num_clips?')
        at_least(1, self.num_clips, 'num_clips')

    def transform(self, results: dict) -> dict:
        inds = self._get_sample_clips(total_frames(results))
        return self.write(results, inds, self.clip_len, None, self.num_clips, results['start_index'])

    # The name and signature of MMAction2 1.x: subclasses override and call it.
    def _get_sample_clips(self, num_frames: int) -> np.ndarray:
        if self.test_mode:
            return segment_frames(num_frames, self.clip_len, self.num_clips)
        bounds = segment_bounds(num_frames, self.clip_len)
        return np.random.randint(bounds[:-1], bounds[1:] + 1, size=(self.num_clips, self.clip_len)).reshape(-1)


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class UniformSampleFrames(UniformSample):
    """Take one frame from each of ``clip_len`` segments (PoseConv3D, arXiv:2104.13586, section 3.3).

    The frame is random within its segment, in testing too, but there drawn from ``seed``. A video shorter than a clip
    is looped, in testing from as many different first frames as there are clips.

    ``start_index`` is optional.

    Args:
        clip_len, num_clips, test_mode: as in :class:`UniformSample`.
        seed: of the draws in testing. The global random state is left alone.
    """

    reads = ('total_frames',)
    unused_hooks: ClassVar[Mapping[str, str]] = {
        '_get_sample_clips': 'Override _get_train_clips and _get_test_clips(num_frames, clip_len).'
    }

    seed: int = 255

    def transform(self, results: dict) -> dict:
        total = total_frames(results)
        keypoint = results.get('keypoint')
        if keypoint is not None and keypoint.shape[1] < total:
            raise ValueError(
                f'keypoint has {keypoint.shape[1]} frames (shape {keypoint.shape}), fewer than total_frames ({total}). '
                'Correct total_frames.'
            )
        inds = self._inds(total, self.clip_len)
        return self.write(results, inds, self.clip_len, None, self.num_clips, results.get('start_index', 0))

    def _inds(self, total: int, clip_len: int) -> np.ndarray:
        """Frames of the clips, counted from 0, int32 (num_clips * clip_len,)."""
        if self.test_mode:
            inds = self._get_test_clips(total, clip_len)
        else:
            inds = self._get_train_clips(total, clip_len)
        wrapped: np.ndarray = np.mod(inds, total)  # clips of a subclass may reach over the end, as in MMAction2
        return wrapped.astype(np.int32)

    # The names and signatures of MMAction2 1.x: subclasses override and call them.
    def _get_train_clips(self, num_frames: int, clip_len: int) -> np.ndarray:
        return spread_clips(num_frames, clip_len, self.num_clips)

    def _get_test_clips(self, num_frames: int, clip_len: int) -> np.ndarray:
        return spread_clips(num_frames, clip_len, self.num_clips, self.seed)
