"""Frame indices from the starts of clips: pure functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

OutOfBound = Literal['loop', 'repeat_last']


def _loop(inds: np.ndarray, total: int) -> np.ndarray:
    wrapped: np.ndarray = np.mod(inds, total)
    return wrapped


def _repeat_last(inds: np.ndarray, total: int) -> np.ndarray:
    inside = inds < total
    last = np.max(np.where(inside, inds, 0), axis=1, keepdims=True)
    return np.where(inside, inds, last)


# Treatment of indices beyond the end of the video: (clips, clip_len) -> (clips, clip_len)
OUT_OF_BOUND: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {'loop': _loop, 'repeat_last': _repeat_last}


def clip_indices(starts: np.ndarray, steps: np.ndarray, total: int, out_of_bound: OutOfBound) -> np.ndarray:
    """Indices of the frames of all clips.

    Args:
        starts: first frame of each clip, (clips,) or, with an offset for each frame, (clips, clip_len).
        steps: frames from the start of a clip to each of its frames, (clip_len,).
        total: frames in the video.
        out_of_bound: ``loop`` starts again at the first frame of the video; ``repeat_last`` repeats the last frame of
            the clip that lies inside.

    Returns:
        int32 (clips * clip_len,), each in ``[0, total)``.
    """
    starts = np.asarray(starts)
    if starts.ndim == 1:
        starts = starts[:, None]
    inds = np.floor(starts + steps).astype(np.int64)
    return OUT_OF_BOUND[out_of_bound](inds, total).reshape(-1).astype(np.int32)
