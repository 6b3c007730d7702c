"""Poses of the persons in a video: from an estimator, or from a file."""

from mmaction.inference.pose.arrays import poses_to_arrays
from mmaction.inference.pose.estimator import FramePoses, PoseEstimator, estimate_poses
from mmaction.inference.pose.files import PrecomputedPoses, load_poses, save_poses
from mmaction.inference.pose.rtmlib_estimator import RTMLibEstimator

__all__ = [
    'FramePoses',
    'PoseEstimator',
    'PrecomputedPoses',
    'RTMLibEstimator',
    'estimate_poses',
    'load_poses',
    'poses_to_arrays',
    'save_poses',
]
