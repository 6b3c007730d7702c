"""Skeleton recognition: the action from the poses of a video."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from torch import nn

from mmaction.apis.inference import inference_recognizer
from mmaction.inference.pose import FramePoses, poses_to_arrays
from mmaction.inference.pose.networks import INSTALL, FrameInput, detection_inference, device_of, pose_inference
from mmaction.structures import ActionDataSample

__all__ = ['INSTALL', 'FrameInput', 'detection_inference', 'device_of', 'inference_skeleton', 'pose_inference']


def inference_skeleton(
    model: nn.Module,
    pose_results: Sequence[Mapping[str, Any] | FramePoses],
    img_shape: tuple[int, int],
    test_pipeline: Sequence[Mapping] | Callable[[dict], dict] | None = None,
    *,
    track: bool = False,
) -> ActionDataSample:
    """Recognize the action from the poses of all frames.

    Args:
        model: of :func:`init_recognizer`, of a skeleton config.
        pose_results: poses of each frame: MMPose's dict (``keypoints`` (N, V, 2), ``keypoint_scores`` (N, V)), as
            :func:`pose_inference` returns them, or :class:`FramePoses`.
        img_shape: height and width of the frames, pixels.
        test_pipeline: steps or a callable. Default: the test pipeline of ``model.cfg``.
        track: keep each person in one row over time; else persons come in the order of each frame.

    Returns:
        The data sample with ``pred_score`` and ``pred_label``.

    Raises:
        ValueError: there are no frames, nobody is in any of them, or ``img_shape`` is not a height and a width.
    """
    height, width = (int(size) for size in img_shape)
    if height < 1 or width < 1:
        raise ValueError(f'img_shape {tuple(img_shape)} must be height and width, in pixels.')
    frames = [poses if isinstance(poses, FramePoses) else FramePoses.of_dict(poses) for poses in pose_results]
    keypoint, keypoint_score = poses_to_arrays(frames, track=track)
    record = dict(
        label=-1,
        img_shape=(height, width),
        original_shape=(height, width),
        start_index=0,
        modality='Pose',
        total_frames=len(frames),
        keypoint=keypoint,
        keypoint_score=keypoint_score,
    )
    sample = inference_recognizer(model, record, test_pipeline)
    # A tuple comes with outputs=... only.
    return cast(ActionDataSample, sample)
