"""Base of the samplers, and the keys that all of them write."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform


class Sampled(NamedTuple):
    """Frames of the clips of a video, as a sampler chose them.

    Attributes:
        frame_inds: int32 (num_clips * clip_len,), clip by clip, counted from ``start_index``.
        clip_len: frames per clip.
        frame_interval: frames from one frame of a clip to the next; None where they are not equally spaced.
        num_clips: number of clips.
    """

    frame_inds: np.ndarray
    clip_len: int
    frame_interval: int | None
    num_clips: int


class Sampler(BaseTransform):
    """A step that chooses the frames of ``num_clips`` clips.

    Reads ``total_frames`` and ``start_index``. Writes the fields of :class:`Sampled`, with :meth:`write`; a user's
    subclass does so, too.

    Attributes:
        clip_len: frames per clip.
        frame_interval: frames from one frame of a clip to the next; None for a sampler that spreads its frames over the
            whole video.
        num_clips: clips per video.
    """

    role = 'sample'
    reads: tuple[str, ...] = ('total_frames', 'start_index')
    writes: tuple[str, ...] = Sampled._fields
    clip_len: int
    frame_interval: int | None = None
    num_clips: int = 1

    @staticmethod
    def write(
        results: dict, inds: np.ndarray, clip_len: int, frame_interval: int | None, num_clips: int, start: int = 0
    ) -> dict:
        """Write the chosen frames into ``results``.

        Args:
            results: the sample.
            inds: frame indices (num_clips * clip_len,), counted from 0.
            clip_len: frames per clip.
            frame_interval: frames from one frame of a clip to the next.
            num_clips: number of clips.
            start: number of the first frame of the video, which is added to the indices.
        """
        frame_inds = (np.asarray(inds).reshape(-1) + start).astype(np.int32)
        results.update(Sampled(frame_inds, clip_len, frame_interval, num_clips)._asdict())
        return results
