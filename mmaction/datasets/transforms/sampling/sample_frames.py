"""``SampleFrames``: clips of equally spaced frames."""

from __future__ import annotations

import numpy as np

from mmaction.datasets.transforms.sampling import starts
from mmaction.datasets.transforms.sampling._checks import at_least_one, total_frames
from mmaction.datasets.transforms.sampling.indices import OUT_OF_BOUND, OutOfBound, clip_indices
from mmaction.datasets.transforms.sampling.sampler import Sampler
from mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class SampleFrames(Sampler):
    """Choose the frames of ``num_clips`` clips, ``frame_interval`` apart.

    Training draws the starts at random, one in each of ``num_clips`` stretches of the video. Testing is deterministic:
    clips of one frame (2D models) take the middle of each stretch; longer clips are spread evenly, a single one lies
    in the middle.

    Reads ``total_frames``, ``start_index`` and, with ``target_fps``, ``avg_fps``. Writes ``frame_inds``
    (int32, (clips * clip_len,), counted from ``start_index``), ``clip_len``, ``frame_interval``, ``num_clips``.

    Args:
        clip_len: frames of a clip.
        frame_interval: frames from one frame of a clip to the next; 1 takes adjacent frames.
        num_clips: clips of a video.
        temporal_jitter: move each frame on by a random part of the interval.
        twice_sample: in testing sample ``2 * num_clips`` clips (and say so in ``num_clips``): of clips of one frame the
            middle and then the first frame of each stretch, of longer ones twice as many evenly spread.
        out_of_bound_opt: for a video shorter than a clip: ``loop`` over the video or ``repeat_last`` frame.
        test_mode: deterministic.
        keep_tail_frames: in training use stretches of fractional length, so that the last frames are reached too.
        target_fps: take ``frame_interval`` as counted at this rate and scale it to the rate of the video, where known.
    """

    role = 'sample'
    frame_interval: int

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
    ) -> None:
        at_least_one(' Did you mean num_clips?', clip_len=clip_len)
        at_least_one(frame_interval=frame_interval, num_clips=num_clips)
        if out_of_bound_opt not in OUT_OF_BOUND:
            raise ValueError(f'out_of_bound_opt ({out_of_bound_opt!r}) must be one of {sorted(OUT_OF_BOUND)}.')
        if target_fps is not None and target_fps <= 0:
            raise ValueError(f'target_fps ({target_fps}) must be positive; leave it out to keep the rate of the video.')
        self.clip_len = clip_len
        self.frame_interval = frame_interval
        self.num_clips = num_clips
        self.temporal_jitter = temporal_jitter
        self.twice_sample = twice_sample
        self.out_of_bound_opt = out_of_bound_opt
        self.test_mode = test_mode
        self.keep_tail_frames = keep_tail_frames
        self.target_fps = target_fps

    def _rate(self, results: dict) -> float:
        """Frames of the video for one frame at ``target_fps``."""
        fps = results.get('avg_fps')
        return fps / self.target_fps if self.target_fps and fps else 1.0

    def _span(self, rate: float) -> float:
        """Frames of the video that a clip needs."""
        if self.target_fps is not None:
            return max(1.0, self.clip_len * self.frame_interval * rate)
        if self.test_mode:
            return (self.clip_len - 1) * self.frame_interval + 1
        return self.clip_len * self.frame_interval

    def _steps(self, span: float) -> np.ndarray:
        """Frames from the start of a clip to each of its frames, (clip_len,)."""
        if self.target_fps is not None:
            return np.linspace(0, span - 1, self.clip_len).astype(np.int64)
        return np.arange(self.clip_len) * self.frame_interval

    def _starts(self, total: int, span: float) -> np.ndarray:
        if not self.test_mode:
            draw = starts.train_starts_with_tail if self.keep_tail_frames else starts.train_starts
            return draw(total, span, self.num_clips)
        if self.clip_len == 1:
            return starts.centre_starts(total, self.num_clips, self.twice_sample)
        num_clips = self.num_clips * 2 if self.twice_sample else self.num_clips
        return starts.even_starts(total, span, num_clips, whole_steps=self.target_fps is not None)

    def transform(self, results: dict) -> dict:
        total, rate = total_frames(results), self._rate(results)
        span = self._span(rate)
        first = self._starts(total, span)
        num_clips = len(first)
        if self.temporal_jitter:
            interval = max(1, int(self.frame_interval * rate))
            first = first[:, None] + np.random.randint(interval, size=(num_clips, self.clip_len))
        inds = clip_indices(first, self._steps(span), total, self.out_of_bound_opt)
        return self.write(results, inds, self.clip_len, self.frame_interval, num_clips, results['start_index'])
