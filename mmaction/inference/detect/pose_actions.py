"""Actions of the persons in a video from their poses: a skeleton recognizer looks at one person at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from mmengine.dataset import pseudo_collate
from mmengine.model import BaseModel

from mmaction.inference.detect.actions import KeyFrame, Steps, default_tracker
from mmaction.inference.detect.persons import PersonBoxes
from mmaction.inference.detect.tracker import IoUTracker
from mmaction.inference.pipeline import pipeline_of
from mmaction.inference.pose import FramePoses
from mmaction.inference.run import predict_batch
from mmaction.utils.check import at_least


def detect_pose_actions(
    model: BaseModel,
    poses: Sequence[FramePoses],
    img_shape: tuple[int, int],
    *,
    steps: Steps = Steps(),
    clip_len: int = 30,
    tracker: IoUTracker | None = None,
) -> list[KeyFrame]:
    """Score the actions of each person from the person's own poses around the key frames.

    Args:
        model: skeleton recognizer with ``cfg``, such as PoseC3D with the classes of AVA.
        poses: of each frame.
        img_shape: height and width of the frames, pixels.
        steps: frames between key frames.
        clip_len: frames of poses around a key frame.
        tracker: numbers the persons. Default: see :func:`default_tracker`.
    """
    at_least(1, clip_len, 'clip_len')
    tracker = tracker or default_tracker(steps)
    tracked = [_numbered(frame, tracker, index) for index, frame in enumerate(poses)]
    pipeline = pipeline_of(model)
    found = []
    for key in range(0, len(poses), steps.predict):
        persons, _ = tracked[key]
        start = max(key - clip_len // 2, 0)
        clip = tracked[start : start + clip_len]
        rows = []
        for number in np.asarray(persons.ids).tolist():
            record = _record(clip, number, img_shape)
            sample = predict_batch(model, pseudo_collate([pipeline(record)]))[0]
            rows.append(sample.pred_score.float().cpu().numpy())
        scores = np.stack(rows) if rows else np.zeros((0, 0), np.float32)
        found.append(KeyFrame(key, persons, scores))
    return found


def _numbered(poses: FramePoses, tracker: IoUTracker, index: int) -> tuple[PersonBoxes, FramePoses]:
    """The persons of a frame with their numbers, and their poses in the same order."""
    places = PersonBoxes.of(poses.boxes, poses.box_scores)
    numbered = tracker.update(places, index)
    kept = [int(np.abs(poses.boxes - box).sum(1).argmin()) for box in numbered.boxes]
    ids = np.zeros(0, np.int64) if numbered.ids is None else numbered.ids
    same = FramePoses(poses.boxes[kept], poses.keypoints[kept], poses.scores[kept], poses.box_scores[kept])
    return replace(numbered, ids=ids), same


def _record(
    clip: Sequence[tuple[PersonBoxes, FramePoses]], number: int, img_shape: tuple[int, int]
) -> dict[str, object]:
    """The poses of one person as a sample; zeros in frames without the person."""
    shape = next(poses.keypoints.shape[1:] for _, poses in clip if len(poses))
    keypoint = np.zeros((1, len(clip), *shape), np.float32)
    score = np.zeros((1, len(clip), shape[0]), np.float32)
    for t, (persons, poses) in enumerate(clip):
        place = np.flatnonzero(np.asarray(persons.ids) == number)
        if len(place):
            keypoint[0, t] = poses.keypoints[place[0]]
            score[0, t] = poses.scores[place[0]]
    return dict(
        label=-1,
        img_shape=img_shape,
        original_shape=img_shape,
        start_index=0,
        modality='Pose',
        total_frames=len(clip),
        keypoint=keypoint,
        keypoint_score=score,
    )
