"""Files of precomputed boxes."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from mmengine.logging import print_log

from mmaction.datasets.transforms.results import MAX_RELATIVE
from mmaction.inference.detect._formats import (
    RELATIVE,
    StoredBoxes,
    is_called,
    of_ava_table,
    parse_boxes,
    parse_mot,
)
from mmaction.inference.detect.persons import PersonBoxes
from mmaction.inference.pose import load_poses
from mmaction.inference.stored import read_contents
from mmaction.utils.ava_files import read_box_table
from mmaction.utils.check import positive

SUFFIXES = ('.json', '.npz', '.pkl', '.pickle', '.txt', '.csv')


@dataclass(frozen=True, eq=False)
class PrecomputedBoxes:
    """Boxes of a video; a :class:`PersonDetector` that looks them up.

    A frame without an entry takes that of the nearest frame, up to half the usual distance of the entries away: boxes
    of every third frame serve the frames between them, too.

    Args:
        frames: the boxes by number of the frame, from 0.
        img_shape: height and width of the frames that they are in, if known; (1, 1) for boxes in 0..1. They are scaled
            to frames of another size.
    """

    frames: Mapping[int, PersonBoxes]
    img_shape: tuple[int, int] | None = None
    numbers: np.ndarray = field(init=False)
    reach: int = field(init=False)

    def __post_init__(self) -> None:
        for frame, persons in self.frames.items():
            if persons.ids is not None and len(np.unique(persons.ids)) < len(persons):
                raise ValueError(
                    f'Frame {frame} has two boxes of one person; their ids are {persons.ids.tolist()}. Give each '
                    'person a number of its own, or none, and persons are numbered by their overlap.'
                )
        numbers = np.array(sorted(self.frames), np.int64)
        distance = int(np.median(np.diff(numbers))) if len(numbers) > 1 else 1
        object.__setattr__(self, 'numbers', numbers)
        object.__setattr__(self, 'reach', distance // 2)

    def __len__(self) -> int:
        """Number of frames with an entry."""
        return len(self.frames)

    def __call__(self, frame: np.ndarray, index: int) -> PersonBoxes:
        """Boxes in the frame of that number, or in the nearest one within ``reach``."""
        if not len(self.numbers):
            return PersonBoxes.nobody()
        nearest = int(self.numbers[np.abs(self.numbers - index).argmin()])
        if abs(nearest - index) > self.reach:
            return PersonBoxes.nobody()
        persons = self.frames[nearest]
        if self.img_shape is not None and self.img_shape != frame.shape[:2]:
            height, width = self.img_shape
            persons = persons.scaled(frame.shape[1] / width, frame.shape[0] / height)
        return persons.within(*frame.shape[:2])


def load_boxes(
    path: str | os.PathLike,
    name: str | None = None,
    *,
    fps: float | None = None,
    timestamp_start: float = 0,
    exact_name: bool = False,
) -> PrecomputedBoxes:
    """Read the boxes of the persons in a video.

    ====== ===========================================================================================================
    suffix what it may hold
    ====== ===========================================================================================================
    .json  ``{"img_shape": [h, w], "frames": [{"boxes": (N, 4), "scores": (N,), "ids": (N,)}]}``, or ``frames`` as a
           dict by number; what ``mmaction detect`` writes; COCO: results ``[{"image_id", "bbox", "category_id",
           "score"}]``, or annotations with ``images``; poses, as :func:`load_poses` reads them
    .npz   ``frame`` (N,) from 0, ``box`` (N, 4), and ``score``, ``id``, ``video`` (N,), ``img_shape``
    .pkl   AVA's proposals, ``{'VIDEO,0902': (n, 5)}``; and all that a .json may hold
    .csv   AVA's annotation, ``video,timestamp,x1,y1,x2,y2,label,...``
    .txt   MOT challenge, ``frame,id,left,top,width,height,score``, frames from 1
    ====== ===========================================================================================================

    Boxes are xyxy in pixels, but relative (0..1) in AVA's files, and with ``"unit": "relative"`` in a .json or .npz.

    Args:
        path: the file.
        name: the video's name, which chooses among those of a file of many. The boxes of a file of one video that is
            called otherwise are used with a warning.
        fps: frames per second of the video; needed for AVA's files, whose timestamps are seconds.
        timestamp_start: timestamp of the first frame of the video, in AVA's files.
        exact_name: another name is an error.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is of another format, its boxes are not in the unit that it states, or it has no boxes of that
            name.
    """
    stored = _read(path, name)
    _check_name(stored, name, os.fspath(path), exact_name)
    _check_unit(stored, os.fspath(path))
    frames = stored.frames
    if stored.in_time:
        rate = positive(0 if fps is None else fps, f'fps of the video that {os.fspath(path)} belongs to')
        frames = {round((timestamp - timestamp_start) * rate): persons for timestamp, persons in frames.items()}
    elif frames and min(frames) < 0:
        raise ValueError(f'{os.fspath(path)}: the number of a frame ({min(frames)}) must be at least 0, the first.')
    try:
        return PrecomputedBoxes(frames, stored.img_shape)
    except ValueError as error:
        raise ValueError(f'{os.fspath(path)}: {error}') from None


def _check_name(stored: StoredBoxes, name: str | None, path: str, exact: bool) -> None:
    if stored.video is None or name is None or is_called(stored.video, name):
        return
    text = f'{path} has boxes of the video {stored.video!r} only'
    if exact:
        raise ValueError(f'{text}, and none of {name!r}. Correct the name of the video (boxes_name).')
    print_log(f'{text}, which are used for {name!r}.', logger='current', level=logging.WARNING)


def _check_unit(stored: StoredBoxes, path: str) -> None:
    """Raise ValueError for relative boxes that can only be in pixels, and the other way round."""
    largest = {frame: persons.boxes.max() for frame, persons in stored.frames.items() if len(persons)}
    if not largest:
        return
    frame = max(largest, key=lambda number: largest[number])
    box = stored.frames[frame].boxes
    example = box[box.max(axis=1).argmax()].round(4).tolist()
    if stored.img_shape == RELATIVE and largest[frame] > MAX_RELATIVE:
        raise ValueError(
            f'{path}: the box {example} (frame or second {frame}) is in pixels, but must be relative, in 0 to 1. '
            'Divide x by the width and y by the height of the frame, or store pixels: a .json or .npz without "unit", '
            'or with "unit": "pixels".'
        )
    if stored.img_shape != RELATIVE and largest[frame] <= MAX_RELATIVE:
        raise ValueError(
            f'{path}: no box is larger than {example} (frame {frame}), in pixels. Relative boxes, in 0 to 1, need '
            '"unit": "relative" in the .json or .npz.'
        )


def _read(path: str | os.PathLike, name: str | None) -> StoredBoxes:
    text = os.fspath(path)
    if text.lower().endswith('.csv'):
        return of_ava_table(read_box_table(text, 'boxes'), name)
    contents = read_contents(path, SUFFIXES, 'boxes')
    try:
        stored = parse_mot(contents) if text.lower().endswith('.txt') else parse_boxes(contents, name)
    except ValueError as error:
        raise ValueError(f'{text}: {error}') from error
    return stored or _of_poses(text, name)


def _of_poses(path: str, name: str | None) -> StoredBoxes:
    """The boxes of a file of poses, if it is one."""
    try:
        poses = load_poses(path, name)
    except ValueError as error:
        raise ValueError(
            f'{path} contains no boxes. It should be a dict with frames, tracks, annotations, or frame and box, '
            f"AVA's proposals {{'VIDEO,0902': (n, 5)}}, a list of COCO's results, or poses. Read as poses: {error}"
        ) from None
    boxes = {i: PersonBoxes.of(p.boxes, p.box_scores) for i, p in enumerate(poses.frames)}
    return StoredBoxes(boxes, poses.img_shape)


def check_frames(boxes: PrecomputedBoxes, num_frames: int, path: str, size: tuple[int, int] | None = None) -> None:
    """Check that boxes belong to a video; those outside of its frames are counted in a warning.

    Args:
        boxes: read from ``path``.
        num_frames: of the video.
        path: for messages.
        size: height and width of its frames, where the boxes are to be compared with them.

    Raises:
        ValueError: none of them is in one of its frames.
    """
    inside = (boxes.numbers >= 0) & (boxes.numbers < num_frames)
    if len(boxes.numbers) and not inside.any():
        raise ValueError(
            f'{path} has boxes of the frames {boxes.numbers[0]} to {boxes.numbers[-1]}, but the video has {num_frames} '
            "frames: they belong to another video, or their timestamps start later (timestamp_start; AVA's own start "
            'at 900).'
        )
    if size is not None:
        _check_size(boxes, boxes.img_shape or size, path)


def _check_size(boxes: PrecomputedBoxes, size: tuple[int, int], path: str) -> None:
    """Compare boxes with the frames that they are in; ``size`` is (1, 1) for relative ones."""
    frames = [frame for frame, persons in boxes.frames.items() for _ in range(len(persons))]
    every = np.concatenate([PersonBoxes.nobody().boxes, *(persons.boxes for persons in boxes.frames.values())])
    clipped = every.clip(0, [size[1], size[0], size[1], size[0]])
    outside = np.flatnonzero((clipped[:, 2:] <= clipped[:, :2]).any(axis=1))
    if not len(outside):
        return
    text = (
        f'{path}: {len(outside)} of {len(every)} boxes are outside of the frames (width {size[1]}, height {size[0]}), '
        f'or empty, such as {every[outside[0]].round(2).tolist()} in frame {frames[outside[0]]}'
    )
    if len(outside) == len(every):
        raise ValueError(f'{text}. State the size of the frames that pixels are of: "img_shape": [height, width].')
    print_log(f'{text}: they are left out.', logger='current', level=logging.WARNING)
