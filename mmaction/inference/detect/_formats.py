"""Parsers of files of boxes, chosen by their contents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from mmaction.datasets.transforms.results import check_box_unit
from mmaction.inference.detect.persons import PersonBoxes
from mmaction.inference.stored import coco_frames, entry_of, frame_size, whole_number, xywh_to_xyxy
from mmaction.utils.ava_files import BoxTable
from mmaction.utils.check import shorten

RELATIVE = (1, 1)  # size of the frame as the unit of relative boxes
_PERSON = 1  # category_id of persons in COCO


@dataclass(frozen=True, eq=False)
class StoredBoxes:
    """Boxes of one video.

    Attributes:
        frames: by number of the frame, or by timestamp.
        img_shape: height and width of the frames that the boxes are in; ``RELATIVE`` for boxes in 0..1; None where it
            is not stated, for those in pixels of the video.
        in_time: the keys are timestamps, in seconds.
        video: name of the video in the file; None where it has none.
    """

    frames: Mapping[int, PersonBoxes]
    img_shape: tuple[int, int] | None = None
    in_time: bool = False
    video: str | None = None


def parse_boxes(contents: Any, name: str | None) -> StoredBoxes | None:
    """Parse the contents of a json, npz or pickle, see :func:`load_boxes`; None if they are of no known format.

    Raises:
        ValueError: they are inconsistent, or have no boxes of the video ``name``.
    """
    if isinstance(contents, Mapping):
        if 'tracks' in contents:
            return _our_tracks(contents)
        if 'frame' in contents and 'box' in contents:
            return _table(contents, name)
        if 'frames' in contents and 'keypoints' not in _first(contents['frames']):
            return _our_frames(contents)
        if 'bbox' in _first(contents.get('annotations')):
            return _coco(contents)
        if contents and all(isinstance(key, str) and ',' in key for key in contents):
            return _proposals(contents, name)
    elif isinstance(contents, Sequence) and contents and 'bbox' in _first(contents) and 'image_id' in contents[0]:
        return _coco(contents)
    return None


def _first(entries: Any) -> Mapping:
    """The first entry of a list or of the values of a dict; empty where it is no dict."""
    values = entries.values() if isinstance(entries, Mapping) else entries
    found: Any = next(iter(values), {}) if isinstance(values, Iterable) else {}
    return found if isinstance(found, Mapping) else {}


# --- ours -----------------------------------------------------------------------------------------------------------
def _unit(contents: Mapping) -> tuple[int, int] | None:
    if check_box_unit(str(contents.get('unit', 'pixels'))) == 'relative':
        return RELATIVE
    return frame_size(contents.get('img_shape'))


def _our_frames(contents: Mapping) -> StoredBoxes:
    entries = contents['frames']
    if not isinstance(entries, Mapping | Sequence):
        raise ValueError(f'frames must be a list, or a dict by number, found {type(entries).__name__}.')
    pairs = entries.items() if isinstance(entries, Mapping) else enumerate(entries)
    frames = {}
    for number, entry in pairs:
        where = f'frames, {number!r}'
        boxes = entry_of(entry, 'boxes', where) if entry else ()  # an empty entry is a frame without persons
        persons = _persons(where, boxes, *(entry.get(key) for key in ('scores', 'ids')) if entry else ())
        frames[whole_number(number, 'the number of a frame')] = persons
    return StoredBoxes(frames, _unit(contents))


def _persons(where: str, *columns: Any) -> PersonBoxes:
    """The persons of boxes, scores and ids; errors name the place in the file."""
    try:
        return PersonBoxes.of(*columns)
    except ValueError as error:
        raise ValueError(f'{where}: {error}') from None


def _our_tracks(contents: Mapping) -> StoredBoxes:
    """The result of an earlier detection of actions, in which persons have numbers."""
    rows = []
    for place, track in enumerate(contents['tracks']):
        where = f'tracks, {place}'
        number = whole_number(entry_of(track, 'track_id', where), 'track_id')
        for seen in entry_of(track, 'boxes', where):
            frame = whole_number(entry_of(seen, 'frame', f'{where}, boxes'), 'frame')
            rows.append((frame, entry_of(seen, 'box', f'{where}, boxes'), seen.get('person_score', 1.0), number))
    frames, boxes, scores, ids = zip(*rows) if rows else ((), (), (), ())
    return StoredBoxes(by_frame(frames, boxes, scores, ids), frame_size(contents.get('img_shape')))


def _table(contents: Mapping, name: str | None) -> StoredBoxes:
    """Arrays with a row per box: frame (N,), box (N, 4), and score, id, video (N,)."""
    rows = slice(None)
    video = None
    if 'video' in contents:
        videos = np.asarray(contents['video']).astype(str)
        video = _choose(np.unique(videos).tolist(), name)
        rows = videos == video
    columns = [None if contents.get(key) is None else np.asarray(contents[key])[rows] for key in ('score', 'id')]
    frames = by_frame(np.asarray(contents['frame'])[rows], np.asarray(contents['box'])[rows], *columns)
    return StoredBoxes(frames, _unit(contents), video=video)


def by_frame(frames: Iterable[int], boxes: Any, scores: Any = None, ids: Any = None) -> dict[int, PersonBoxes]:
    """Group boxes (N, 4) by the frames (N,) that they are in."""
    number = np.asarray(list(frames), np.int64)
    persons = PersonBoxes.of(boxes, scores, ids)
    if len(number) != len(persons):
        raise ValueError(f'There are {len(persons)} boxes, but {len(number)} numbers of frames.')
    return {int(frame): persons[number == frame] for frame in np.unique(number)}


# --- COCO -----------------------------------------------------------------------------------------------------------
def _coco(contents: Mapping | Sequence[Mapping]) -> StoredBoxes:
    places, count, size = coco_frames(contents)
    entries = contents['annotations'] if isinstance(contents, Mapping) else contents
    named = contents.get('categories', ()) if isinstance(contents, Mapping) else ()
    persons = {category['id'] for category in named if category.get('name') == 'person'} or {_PERSON}
    kept = [i for i, entry in enumerate(entries) if entry.get('category_id', _PERSON) in persons]
    if entries and not kept:
        found = sorted({entry['category_id'] for entry in entries})
        raise ValueError(f'it has boxes of category_id {found} only; persons are category_id {sorted(persons)}.')
    frames = by_frame(
        [places[i] for i in kept],
        xywh_to_xyxy([entry_of(entries[i], 'bbox', f'annotation {i}') for i in kept]),
        [entries[i].get('score', 1.0) for i in kept],
    )
    if isinstance(contents, Mapping):
        # Its images are the frames that were looked at, also those without a person.
        frames = {i: frames.get(i, PersonBoxes.nobody()) for i in range(count)}
    return StoredBoxes(frames, size)


# --- AVA and MOT ----------------------------------------------------------------------------------------------------
def _proposals(contents: Mapping[str, Any], name: str | None) -> StoredBoxes:
    video = _choose(sorted({key.rpartition(',')[0] for key in contents}), name)
    frames = {}
    for key, boxes in contents.items():
        own, _, timestamp = key.rpartition(',')
        if own == video:
            frames[whole_number(timestamp, f'the timestamp of the key {key!r}')] = _persons(f'key {key!r}', boxes)
    return StoredBoxes(frames, RELATIVE, in_time=True, video=video)


def of_ava_table(table: BoxTable, name: str | None) -> StoredBoxes:
    """Boxes of an annotation in AVA's format; those of several actions count once."""
    video = _choose(table.videos, name)
    own = table[table.video == table.videos.index(video)]
    rows = np.unique(np.column_stack([own.timestamp, own.boxes]), axis=0)
    return StoredBoxes(by_frame(rows[:, 0].astype(np.int64), rows[:, 1:]), RELATIVE, in_time=True, video=video)


def parse_mot(lines: Iterable[str]) -> StoredBoxes:
    """Parse text of the MOT challenge: ``frame,id,left,top,width,height,score,...``, frames from 1, id -1 for none."""
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            values = [float(value) for value in line.replace(',', ' ').split()[:7]]
        except ValueError:
            values = []
        if len(values) < 6:
            raise ValueError(f'line {number}: expected frame,id,left,top,width,height[,score], found {line.strip()!r}.')
        if values[0] < 1:
            raise ValueError(f'line {number}: frame {values[0]:g} must be at least 1. Add 1 to all numbers of frames.')
        rows.append([*values, 1.0][:7])
    table = np.array(rows, np.float64).reshape(-1, 7)
    ids = table[:, 1].astype(np.int64)
    frames = by_frame(
        table[:, 0].astype(np.int64) - 1, xywh_to_xyxy(table[:, 2:6]), table[:, 6], ids if (ids >= 0).all() else None
    )
    return StoredBoxes(frames)


def is_called(video: str, name: str) -> bool:
    """True if a name in a file means the video ``name``, with or without folder and suffix."""
    return name in (video, PurePosixPath(video).name, PurePosixPath(video).stem)


def _choose(names: Sequence[str], name: str | None) -> str:
    """The name among those of a file that is meant by ``name``, with or without folder and suffix.

    Raises:
        ValueError: none or several are.
    """
    if len(names) == 1:
        return names[0]
    matches = [n for n in names if name and is_called(n, name)]
    if len(matches) != 1:
        raise ValueError(
            f'it has boxes of {len(names)} videos, of which {len(matches)} are called {name!r}; there are '
            f'{shorten(names)}. Name one of them.'
        )
    return matches[0]
