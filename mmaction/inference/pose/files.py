"""Files of precomputed poses."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmaction.inference.pose._formats import parse_poses
from mmaction.inference.pose.arrays import poses_to_arrays
from mmaction.inference.pose.estimator import FramePoses
from mmaction.inference.stored import read_contents

SUFFIXES = ('.json', '.npz', '.pkl', '.pickle')


@dataclass(frozen=True)
class PrecomputedPoses:
    """Poses of a video, one entry per frame; a :class:`PoseEstimator` that looks them up.

    Coordinates are scaled to frames of another size than ``img_shape``.

    Args:
        frames: the poses.
        img_shape: height and width of the frames that they were estimated in, if known.
    """

    frames: Sequence[FramePoses]
    img_shape: tuple[int, int] | None = None

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.frames)

    def __call__(self, frame: np.ndarray, index: int) -> FramePoses:
        """Poses of the frame of that number; nobody beyond the last one."""
        if index >= len(self.frames):
            points = next((poses.keypoints.shape[1:] for poses in self.frames if len(poses)), (17, 2))
            return FramePoses.nobody(*points)
        poses = self.frames[index]
        if self.img_shape is None or self.img_shape == frame.shape[:2]:
            return poses
        height, width = self.img_shape
        return poses.scaled(frame.shape[1] / width, frame.shape[0] / height)


def load_poses(path: str | os.PathLike, name: str | None = None) -> PrecomputedPoses:
    """Read the poses of a video.

    ====== ===========================================================================================================
    suffix what it may hold
    ====== ===========================================================================================================
    .json  ours: ``{"img_shape": [h, w], "frames": [{"keypoints": (N, V, 2), "scores": (N, V), "boxes": (N, 4)}]}``;
           what MMPose's inferencer writes (a list of frames with ``instances``, or ``instance_info``);
           COCO: results ``[{"image_id", "keypoints": 3 V numbers, "score"}]``, or annotations with ``images``
    .npz   ``keypoint`` (M, T, V, 2), ``keypoint_score`` (M, T, V), and ``img_shape``
    .pkl   a list with MMPose's dict for each frame; an annotation of ``PoseDataset``, or its file of many
    ====== ===========================================================================================================

    Args:
        path: the file.
        name: the video's name, which chooses among the annotations of many (``frame_dir``).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is of another format, or has no annotation of that name.
    """
    content = read_contents(path, SUFFIXES, 'poses')
    try:
        frames, img_shape = parse_poses(content, name)
    except ValueError as error:
        raise ValueError(f'{os.fspath(path)}: {error}') from error
    return PrecomputedPoses(frames, img_shape)


def save_poses(path: str | os.PathLike, frames: Sequence[FramePoses], img_shape: tuple[int, int] | None = None) -> None:
    """Write the poses of a video to a ``.json`` or ``.npz`` that :func:`load_poses` reads.

    Args:
        path: the file; missing folders are made.
        frames: the poses.
        img_shape: height and width of the frames.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    size = None if img_shape is None else [int(side) for side in img_shape]
    if path.suffix.lower() == '.npz':
        keypoint, keypoint_score = poses_to_arrays(frames)
        arrays = dict(keypoint=keypoint, keypoint_score=keypoint_score)
        if size is not None:
            arrays['img_shape'] = np.array(size)
        np.savez_compressed(path, allow_pickle=False, **arrays)
    elif path.suffix.lower() == '.json':
        entries = [
            dict(
                boxes=np.round(poses.boxes, 2).tolist(),
                box_scores=np.round(poses.box_scores, 4).tolist(),
                keypoints=np.round(poses.keypoints, 2).tolist(),
                scores=np.round(poses.scores, 4).tolist(),
            )
            for poses in frames
        ]
        content: dict[str, Any] = {'frames': entries}
        if size is not None:
            content = {'img_shape': size, **content}
        path.write_text(json.dumps(content), encoding='utf-8')
    else:
        raise ValueError(f'{path} must end in .json or .npz.')
