"""``SampleFrames`` and its relatives: clips of equally spaced frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from mmaction.datasets.transforms.results import total_frames
from mmaction.datasets.transforms.sampling import starts
from mmaction.datasets.transforms.sampling.indices import OUT_OF_BOUND, OutOfBound, clip_indices
from mmaction.datasets.transforms.sampling.sampler import Sampler
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least, pick, positive, warn_unread


@TRANSFORMS.register_module()
class SampleFrames(Sampler):
    """Choose the frames of ``num_clips`` clips, ``frame_interval`` apart.

    Training draws the starts at random, one in each of ``num_clips`` segments of the video. Testing is deterministic:
    clips of one frame (2D models) take the middle of each segment; longer clips are spread evenly, a single one lies
    in the middle.

    Reads ``avg_fps``, too, with ``target_fps``.

    Args:
        clip_len: frames of a clip.
        frame_interval: frames from one frame of a clip to the next; 1 takes adjacent frames.
        num_clips: clips of a video.
        temporal_jitter: move each frame on by a random part of the interval.
        twice_sample: in testing sample ``2 * num_clips`` clips (and say so in ``num_clips``): of clips of one frame the
            middle and then the first frame of each segment, of longer ones twice as many evenly spread.
        out_of_bound_opt: for a video shorter than a clip: ``loop`` over the video or ``repeat_last`` frame.
        test_mode: deterministic.
        keep_tail_frames: in training use segments of fractional length, so that the last frames are reached too.
        target_fps: take ``frame_interval`` as counted at this rate and scale it to the rate of the video, where known.
        **kwargs: ignored with a warning: configs of the 0.x line have ``start_index`` here.
    """

    role = 'sample'  # stated again with each `transform`: check_pipeline does not trust an inherited declaration

    def __init__(
        self,
        clip_len: int,
        frame_interval: int = 1,
        num_clips: int = 1,
        temporal_jitter: bool = False,
        twice_sample: bool = False,
        out_of_bound_opt: OutOfBound = 'loop',
        test_mode: bool = False,
        keep_tail_frames: bool = False,
        target_fps: float | None = None,
        **kwargs: Any,
    ) -> None:
        self.clip_len = at_least(1, clip_len, 'clip_len', 'Did you mean num_clips?')
        self.frame_interval: int = at_least(1, frame_interval, 'frame_interval')
        self.num_clips = at_least(1, num_clips, 'num_clips')
        self.temporal_jitter = temporal_jitter
        self.twice_sample = twice_sample
        pick(OUT_OF_BOUND, out_of_bound_opt, 'out_of_bound_opt')
        self.out_of_bound_opt: OutOfBound = out_of_bound_opt
        self.test_mode = test_mode
        self.keep_tail_frames = keep_tail_frames
        if target_fps is not None:
            positive(target_fps, 'target_fps', 'Leave it out to keep the rate of the video.')
        self.target_fps = target_fps
        warn_unread(self, kwargs)

    def _rate(self, results: dict) -> float:
        """Frames of the video for one frame at ``target_fps``."""
        fps: float | None = results.get('avg_fps')
        if not self.target_fps or not fps:
            return 1.0
        return fps / self.target_fps

    def _steps(self, span: float) -> np.ndarray:
        """Frames from the start of a clip to each of its frames, (clip_len,)."""
        if self.target_fps is not None:
            return np.linspace(0, span - 1, self.clip_len).astype(np.int64)
        return np.arange(self.clip_len) * self.frame_interval

    def transform(self, results: dict) -> dict:
        total = total_frames(results)
        rate = self._rate(results)
        span = self._get_ori_clip_len(rate)
        first = np.asarray(self._first_frames(total, span))
        num_clips = len(first)
        if self.temporal_jitter:
            interval = max(1, int(self.frame_interval * rate))
            first = first[:, None] + np.random.randint(interval, size=(num_clips, self.clip_len))
        inds = clip_indices(first, self._steps(span), total, self.out_of_bound_opt)
        return self.write(results, inds, self.clip_len, self.frame_interval, num_clips, results['start_index'])

    def _first_frames(self, num_frames: int, ori_clip_len: float) -> np.ndarray:
        return self._sample_clips(num_frames, ori_clip_len)

    # The parts of `transform`, under the names and signatures of MMAction2 1.x: subclasses override and call them.
    def _get_ori_clip_len(self, fps_scale_ratio: float) -> float:
        """Frames of the video that a clip needs."""
        if self.target_fps is not None:
            return max(1.0, self.clip_len * self.frame_interval * fps_scale_ratio)
        if self.test_mode:
            return (self.clip_len - 1) * self.frame_interval + 1
        return self.clip_len * self.frame_interval

    def _sample_clips(self, num_frames: int, ori_clip_len: float) -> np.ndarray:
        """First frame of each clip, counted from 0."""
        if self.test_mode:
            return self._get_test_clips(num_frames, ori_clip_len)
        return self._get_train_clips(num_frames, ori_clip_len)

    def _get_train_clips(self, num_frames: int, ori_clip_len: float) -> np.ndarray:
        if self.keep_tail_frames:
            return starts.train_starts_with_tail(num_frames, ori_clip_len, self.num_clips)
        return starts.train_starts(num_frames, ori_clip_len, self.num_clips)

    def _get_test_clips(self, num_frames: int, ori_clip_len: float) -> np.ndarray:
        if self.clip_len == 1:
            return starts.centre_starts(num_frames, self.num_clips, self.twice_sample)
        # Not the same clips twice, as of one frame: a longer clip has no second view, so more of the video is covered.
        num_clips = self.num_clips * (1 + self.twice_sample)
        return starts.even_starts(num_frames, ori_clip_len, num_clips, whole_steps=self.target_fps is not None)


@TRANSFORMS.register_module()
class DenseSampleFrames(SampleFrames):
    """Take ``num_clips`` clips at equal steps out of ``sample_range`` frames (dense sampling of TSM, arXiv:1811.08383).

    Training draws where the segment lies; testing takes ``num_sample_positions`` of them, evenly spread, so that
    ``num_clips`` of the results is ``num_sample_positions`` times that of the sampler.

    Args:
        sample_range: frames of the segment.
        num_sample_positions: segments in testing.
        *args, **kwargs: as in :class:`SampleFrames`.
    """

    def __init__(self, *args: Any, sample_range: int = 64, num_sample_positions: int = 10, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at_least(1, sample_range, 'sample_range')
        at_least(1, num_sample_positions, 'num_sample_positions')
        if self.twice_sample or self.keep_tail_frames:
            raise ValueError(
                'twice_sample and keep_tail_frames do nothing in DenseSampleFrames; '
                f'for more clips in testing raise num_sample_positions ({num_sample_positions}).'
            )
        self.sample_range = sample_range
        self.num_sample_positions = num_sample_positions

    # In MMAction2 the methods of this class take the number of frames alone.
    def _first_frames(self, num_frames: int, ori_clip_len: float) -> np.ndarray:
        return self._sample_clips(num_frames)

    def _sample_clips(self, num_frames: int, ori_clip_len: float = 0) -> np.ndarray:
        if self.test_mode:
            return self._get_test_clips(num_frames)
        return self._get_train_clips(num_frames)

    def _get_train_clips(self, num_frames: int, ori_clip_len: float = 0) -> np.ndarray:
        return self._get_sample_clips(num_frames)

    def _get_sample_clips(self, num_frames: int) -> np.ndarray:
        positions = starts.num_dense_positions(num_frames, self.sample_range)
        return starts.dense_starts(num_frames, self.num_clips, self.sample_range, np.random.randint(positions, size=1))

    def _get_test_clips(self, num_frames: int, ori_clip_len: float = 0) -> np.ndarray:
        positions = starts.num_dense_positions(num_frames, self.sample_range)
        firsts = np.linspace(0, positions - 1, num=self.num_sample_positions, dtype=int)
        return starts.dense_starts(num_frames, self.num_clips, self.sample_range, firsts)


def window(centre: int, clip_len: int, frame_interval: int) -> np.ndarray:
    """``clip_len`` frames around ``centre``, which is the frame number ``clip_len // 2``.

    Returns:
        int64 (clip_len,); may reach over the ends of the video.
    """
    return centre + (np.arange(clip_len) - clip_len // 2) * frame_interval


def key_frame(fps: float, timestamp: float, timestamp_start: float, start_index: int) -> int:
    """Number of the annotated frame, before the numbers of the clip are clipped to the video."""
    return int(fps * (timestamp - timestamp_start)) + start_index


# Relative difference of frame rates, such as that of 29.97 and 30, which shifts no clip by more than its length.
_SAME_FPS = 0.02


def check_clock(results: Mapping[str, Any], total_frames: int) -> None:
    """Check that the frame rate and the timestamps of a sample fit its video, which is open.

    Raises:
        ValueError: the annotated frame is more than one unit of time outside of the video, or ``fps`` differs from the
            frame rate. Clips would show another action than the annotated one.
    """
    fps = results['fps']
    timestamp = results['timestamp']
    start = results['timestamp_start']
    rate = results.get('avg_fps')
    video = results.get('video_id') or results.get('filename') or 'the video'
    # With fps=1 timestamps are numbers of frames, whatever the frame rate is.
    if rate and fps != 1 and abs(rate / fps - 1) > _SAME_FPS:
        raise ValueError(
            f'{video} has {rate:g} frames a second, but fps of the dataset is {fps:g}: clips would not show the '
            f'annotated timestamps. Set fps={rate:g}, or fps=1 if timestamps are numbers of frames.'
        )
    number = key_frame(fps, timestamp, start, 0)
    if not -fps <= number < total_frames + fps:
        raise ValueError(
            f'timestamp {timestamp} is outside of {video}: it is frame {number} of {total_frames}, at fps={fps:g} '
            f'from timestamp_start={start}. Correct the timestamp, or timestamp_start and fps of the dataset.'
        )


@TRANSFORMS.register_module()
class SampleAVAFrames(SampleFrames):
    """Take the clip around the key frame of an annotated second (AVA, arXiv:1705.08421).

    Reads ``fps``, ``timestamp`` and ``timestamp_start`` (seconds), ``total_frames`` or ``shot_info`` (first and end
    frame, ``[first, end)``), and ``start_index`` where given. Writes ``frame_inds`` (int32, (clip_len,)), ``clip_len``,
    ``frame_interval``, ``num_clips`` (1) and ``crop_quadruple`` (the whole frame). Training moves each frame by up to
    half an interval; frames outside are replaced by the first or last one. A timestamp more than a second outside of a
    video file, or a frame rate that is not that of the file, is an error.

    Args:
        clip_len: frames of the clip.
        frame_interval: frames from one frame of the clip to the next.
        test_mode: deterministic.
    """

    reads = ('fps', 'timestamp', 'timestamp_start', 'total_frames|shot_info')
    writes = (*SampleFrames.writes, 'crop_quadruple')
    unused_hooks: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ('_sample_clips', '_get_train_clips', '_get_test_clips'),
        'Override _get_clips(center_index, skip_offsets, shot_info).',
    )

    def __init__(self, clip_len: int, frame_interval: int = 2, test_mode: bool = False) -> None:
        super().__init__(clip_len, frame_interval, test_mode=test_mode)

    def transform(self, results: dict) -> dict:
        total = results.get('total_frames')
        if total is not None:
            check_clock(results, total)
        shot_info = (0, total) if total is not None else results['shot_info']
        start_index = results.get('start_index', 0)
        # The number of the first frame counts twice, here and in `write`: so the published models were trained.
        centre = key_frame(results['fps'], results['timestamp'], results['timestamp_start'], start_index)
        offsets = np.zeros(self.clip_len, dtype=np.int64)
        if not self.test_mode:
            half = self.frame_interval // 2
            # -interval // 2 rounds down: one step more to the left for an odd interval
            offsets = np.random.randint(half - self.frame_interval, self.frame_interval - half, size=self.clip_len)
        inds = self._get_clips(centre, offsets, shot_info)
        results['crop_quadruple'] = np.array([0, 0, 1, 1], dtype=np.float32)
        return self.write(results, inds, self.clip_len, self.frame_interval, 1, start_index)

    # The name and signature of MMAction2 1.x: subclasses override and call it.
    def _get_clips(self, center_index: int, skip_offsets: np.ndarray, shot_info: Sequence[int]) -> np.ndarray:
        inds = window(center_index, self.clip_len, self.frame_interval)
        if not self.test_mode:
            inds = inds + skip_offsets
        inside: np.ndarray = np.clip(inds, shot_info[0], shot_info[1] - 1)
        return inside
