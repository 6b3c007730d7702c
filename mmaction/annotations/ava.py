"""Tracks of persons to AVA's csv: one row per second, person and action."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from mmaction.annotations.base import video_key
from mmaction.annotations.findings import Findings
from mmaction.annotations.record import Project, Track, TrackBox, Video
from mmaction.utils.files import complete_or_absent

__all__ = ['AvaRow', 'actions_of', 'ava_rows', 'write_ava', 'write_label_map']

_NOT_SET = {'', 'false', 'no', 'none', '__undefined__'}


class AvaRow(NamedTuple):
    """An action of a person in a frame.

    Attributes:
        video: name of the video without folders and suffix.
        timestamp: seconds.
        box: xyxy relative to width and height, in 0..1.
        action: class name.
        entity: number of the person within the video.
    """

    video: str
    timestamp: int
    box: tuple[float, float, float, float]
    action: str
    entity: int


def actions_of(track: Track, box: TrackBox, attributes: Sequence[str] | None = None) -> list[str]:
    """Actions that a box has.

    They are the values of its attributes, or the name of a checkbox that is set. An object without attributes is
    named after its action.

    Args:
        track: of the box.
        box: with the attributes.
        attributes: those that state actions; None takes all.
    """
    if not box.attributes:
        return [track.label]
    actions = []
    for name, value in box.attributes:
        if (attributes is None or name in attributes) and value.lower() not in _NOT_SET:
            actions.append(name if value.lower() in ('true', 'yes') else value)
    return actions


def ava_rows(project: Project, findings: Findings, attributes: Sequence[str] | None = None) -> Iterator[AvaRow]:
    """Yield the actions at each whole second.

    Args:
        project: with tracks in pixels or relative units.
        findings: has afterwards the tracks that were left out: those in pixels of a video of unknown size, and those
            of less than a second that no whole second lies in; and the number of boxes without an action.
        attributes: those that state actions; None takes all.
    """
    idle = 0
    for video in project.videos:
        for entity, track in enumerate(video.tracks):
            where = f'{video.name}, {track.where or f"track {entity}"}'
            relative = track.scaled('relative', video.size)
            if relative is None:
                findings.error(where, 'the size of the video is unknown', 'Give the folder of the videos (--videos).')
                continue
            rows = 0
            for box in _each_second(relative):
                actions = actions_of(track, box, attributes)
                idle += not actions
                rows += 1
                for action in dict.fromkeys(actions):
                    yield AvaRow(_video_id(video), round(box.time_sec), _inside(box.box), action, entity)
            if not rows:
                findings.warn(where, 'no whole second lies in it, so that it gives no row', 'Annotate a longer time.')
    if idle:
        findings.drop(f"AVA's csv has no place for persons without an action: {idle} boxes dropped")


def _each_second(track: Track) -> Iterator[TrackBox]:
    if not track.boxes:
        return
    first = int(-(-track.boxes[0].time_sec // 1))
    for second in range(first, int(track.boxes[-1].time_sec) + 1):
        box = track.at(second)
        if box is not None:
            yield box


def _inside(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (min(max(value, 0.0), 1.0) for value in box)
    return x1, y1, x2, y2


def _video_id(video: Video) -> str:
    return Path(video_key(video.name)).stem


def write_ava(
    project: Project,
    path: Path,
    classes: Sequence[str],
    findings: Findings,
    attributes: Sequence[str] | None = None,
) -> int:
    """Write the actions of persons as AVA's csv; returns the number of rows.

    Args:
        project: with tracks.
        path: csv to write.
        classes: class names; the first is class 1, as 0 is the background.
        findings: see :func:`ava_rows`, and actions that are no class.
        attributes: those that state actions; None takes all.
    """
    numbers = {name: number for number, name in enumerate(classes, 1)}
    count = 0
    with complete_or_absent(str(path)) as unfinished, open(unfinished, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file, lineterminator='\n')
        for row in ava_rows(project, findings, attributes):
            if row.action not in numbers:
                findings.error(f'{row.video}, second {row.timestamp}', f'{row.action!r} is no class', 'Correct it.')
                continue
            box = [f'{value:.6f}' for value in row.box]
            writer.writerow([row.video, f'{row.timestamp:04d}', *box, numbers[row.action], row.entity])
            count += 1
    return count


def write_label_map(path: Path, classes: Sequence[str]) -> None:
    """Write the class names in AVA's pbtxt, from 1 on."""
    items = []
    for number, name in enumerate(classes, 1):
        # The format has no escape for its quotation mark.
        shown = name.replace('"', '”')
        items.append(f'item {{\n  name: "{shown}"\n  id: {number}\n}}\n')
    with complete_or_absent(str(path)) as unfinished:
        Path(unfinished).write_text(''.join(items), encoding='utf-8')
