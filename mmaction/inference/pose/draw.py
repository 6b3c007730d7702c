"""Poses drawn on the frames of their video."""

from __future__ import annotations

import numpy as np

from mmaction.inference.pose.estimator import FramePoses
from mmaction.visualization.frames import resize_frames
from mmaction.visualization.skeleton import draw_skeletons

__all__ = ['draw_poses']


def draw_poses(frame: np.ndarray, poses: FramePoses, size: tuple[int, int], score_thr: float = 0.3) -> np.ndarray:
    """Resize a frame, and draw the persons in it.

    Args:
        frame: uint8 (H, W, 3), RGB; not modified.
        poses: in pixels of the frame.
        size: height and width of the result.
        score_thr: keypoints with a lower score are not drawn, nor are their limbs.

    Returns:
        uint8 (height, width, 3).
    """
    height, width = size
    own = poses.scaled(width / frame.shape[1], height / frame.shape[0])
    resized = resize_frames(frame[None], height, width)
    drawn: np.ndarray = draw_skeletons(resized, [own.keypoints[..., :2]], [own.scores], score_thr=score_thr)[0]
    return drawn
