"""Times of the frames of videos whose frame rate varies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mmaction.video.reader import FrameReader

__all__ = ['uneven_starts']


def uneven_starts(reader: FrameReader) -> npt.NDArray[np.float64] | None:
    """When each frame starts and the last one ends, (num_frames + 1,), seconds.

    Returns:
        None if each is, to half a frame, where the average frame rate says.
    """
    starts = reader.start_times()
    rate = reader.avg_fps or 1.0
    is_even = np.abs(starts * rate - np.arange(len(starts))).max() < 0.5
    return None if is_even else starts
