"""Parsers of pose files, chosen by their contents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmaction.inference.pose.estimator import FramePoses
from mmaction.inference.stored import coco_frames, entry_of, frame_size, xywh_to_xyxy

Poses = tuple[list[FramePoses], tuple[int, int] | None]


def parse_poses(contents: Any, name: str | None = None) -> Poses:
    """Parse the poses of each frame, and the height and width of the frames if stated.

    Args:
        contents: of a file, see :func:`load_poses`.
        name: of the video.

    Raises:
        ValueError: the contents are of no known format.
    """
    if isinstance(contents, Mapping):
        for key, parse in _OF_DICT.items():
            if key in contents:
                return parse(contents, name)
    elif isinstance(contents, Sequence) and contents and isinstance(contents[0], Mapping):
        for key, parse in _OF_LIST.items():
            if key in contents[0]:
                return parse(contents, name)
    what = sorted(map(str, contents))[:8] if isinstance(contents, Mapping) else type(contents).__name__
    raise ValueError(
        f'it contains no poses ({what}). It should be a dict with frames, keypoint, annotations or instance_info, '
        "or a list of frames with MMPose's or COCO's keys."
    )


# --- ours, and MMPose's ---------------------------------------------------------------------------------------------
def _our_frames(contents: Mapping, name: str | None) -> Poses:
    frames = [
        FramePoses.of(f.get('keypoints', []), f.get('scores'), f.get('boxes'), f.get('box_scores'))
        for f in contents['frames']
    ]
    return frames, frame_size(contents.get('img_shape'))


def _mmpose_dicts(contents: Sequence[Mapping], name: str | None) -> Poses:
    return [FramePoses.of_dict(frame) for frame in contents], None


def _mmpose_instances(contents: Sequence[Mapping], name: str | None) -> Poses:
    ordered = sorted(enumerate(contents), key=lambda item: item[1].get('frame_id', item[0]))
    return [_of_instances(frame['instances']) for _, frame in ordered], None


def _mmpose_file(contents: Mapping, name: str | None) -> Poses:
    return _mmpose_instances(contents['instance_info'], name)


def _of_instances(people: Sequence[Mapping]) -> FramePoses:
    if not people:
        return FramePoses.nobody()
    boxes = [np.reshape(p['bbox'], -1)[:4] for p in people if 'bbox' in p]
    return FramePoses.of(
        [p['keypoints'] for p in people],
        [p['keypoint_scores'] for p in people],
        boxes if len(boxes) == len(people) else None,
        [np.mean(p.get('bbox_score', p['keypoint_scores'])) for p in people],
    )


# --- annotations of PoseDataset -------------------------------------------------------------------------------------
def _annotation(contents: Mapping, name: str | None) -> Poses:
    keypoint = np.asarray(contents['keypoint'], np.float32)
    if keypoint.ndim != 4:
        raise ValueError(
            f'keypoint must be (persons, frames, points, 2 or 3), got {keypoint.shape}. Packed annotations '
            '(of Kinetics) must be unpacked first, see DecompressPose.'
        )
    score = contents.get('keypoint_score')
    score = np.ones(keypoint.shape[:3], np.float32) if score is None else np.asarray(score, np.float32)
    if score.shape != keypoint.shape[:3]:
        raise ValueError(f'keypoint_score must be {keypoint.shape[:3]}, as keypoint is, got {score.shape}.')
    # a person who is absent from a frame has zeros there
    present = score.any(axis=2) & keypoint.any(axis=(2, 3))
    frames = [FramePoses.of(keypoint[at, t], score[at, t]) for t, at in enumerate(present.T)]
    return frames, frame_size(contents.get('img_shape'))


def _annotations(contents: Mapping, name: str | None) -> Poses:
    found = contents['annotations']
    if found and 'image_id' in found[0]:
        return _coco(contents, name)
    if len(found) == 1:
        return _annotation(found[0], name)
    names = [str(a.get('frame_dir', a.get('filename', ''))) for a in found]
    matches = [a for a, given in zip(found, names) if name and name in (given, Path(given).name, Path(given).stem)]
    if len(matches) != 1:
        raise ValueError(
            f'it has {len(found)} annotations, of which {len(matches)} are of {name!r}; there are '
            f'{", ".join(names[:4])}, ... Name one of them.'
        )
    return _annotation(matches[0], name)


# --- COCO -----------------------------------------------------------------------------------------------------------
def _coco(contents: Mapping | Sequence[Mapping], name: str | None) -> Poses:
    places, count, size = coco_frames(contents)
    people = contents['annotations'] if isinstance(contents, Mapping) else contents
    return _by_frame(people, places, count), size


def _by_frame(people: Sequence[Mapping], places: Sequence[int], count: int) -> list[FramePoses]:
    frames: list[list[Mapping]] = [[] for _ in range(count)]
    for person, place in zip(people, places):
        frames[place].append(person)
    return [_of_people(frame) for frame in frames]


def _of_people(people: Sequence[Mapping]) -> FramePoses:
    if not people:
        return FramePoses.nobody()
    keypoints = [entry_of(person, 'keypoints', 'entry of a person') for person in people]
    values = np.asarray([np.reshape(points, -1) for points in keypoints], np.float32)
    if values.shape[1] % 3:
        raise ValueError(f'keypoints of COCO are x, y, score of each keypoint, got {values.shape[1]} numbers.')
    points = values.reshape(len(people), -1, 3)
    scores = points[..., 2]
    if scores.max() > 1 and np.isin(scores, (0, 1, 2)).all():  # flags: 0 not labelled, 1 hidden, 2 visible
        scores = np.minimum(scores, 1)
    boxes = [p['bbox'] for p in people if len(p.get('bbox') or ()) == 4]
    xyxy = None
    if len(boxes) == len(people):
        xyxy = xywh_to_xyxy(boxes)
    sure = [p['score'] for p in people] if all('score' in p for p in people) else None
    return FramePoses.of(points[..., :2], scores, xyxy, sure)


# keys that identify the formats; the first match counts
_OF_DICT = {
    'annotations': _annotations,
    'keypoint': _annotation,
    'frames': _our_frames,
    'instance_info': _mmpose_file,
}
_OF_LIST = {
    'image_id': _coco,
    'instances': _mmpose_instances,
    'keypoints': _mmpose_dicts,
    'keypoint': lambda contents, name: _annotations({'annotations': contents}, name),
}
