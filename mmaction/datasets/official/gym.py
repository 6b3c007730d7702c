"""FineGym: events of videos, subactions of events, and the lists of Gym99."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mmaction.utils.check import shorten


@dataclass(frozen=True)
class Part:
    """Seconds [start_sec, end_sec) of a video, and the name of the clip that they become."""

    video: str
    name: str
    start_sec: float
    end_sec: float


def events_of(annotation: Mapping[str, Mapping[str, Any]], videos: Iterable[str]) -> list[Part]:
    """List the events of the videos that exist: ``VIDEO_EVENT``, from its first to its last timestamp.

    Args:
        annotation: video -> event -> ``timestamps``, pairs of seconds in the video, and ``segments``.
        videos: names of the existing videos.

    Raises:
        ValueError: an event has no timestamps.
    """
    existing = set(videos)
    return [
        _part(video, f'{video}_{event}', content)
        for video, events in annotation.items()
        if video in existing
        for event, content in events.items()
    ]


def segments_of(annotation: Mapping[str, Mapping[str, Any]], videos: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Collect the subactions of the events of existing videos: ``VIDEO_EVENT_SUBACTION`` -> its annotation."""
    existing = set(videos)
    found: dict[str, dict[str, Any]] = {}
    for video, events in annotation.items():
        if video in existing:
            for event, content in events.items():
                for name, segment in (content.get('segments') or {}).items():
                    found[f'{video}_{event}_{name}'] = {**segment, 'event': f'{video}_{event}'}
    return found


def subactions_of(segments: Mapping[str, Mapping[str, Any]], events: Iterable[str]) -> list[Part]:
    """List the subactions of the events that exist, with times in the clip of their event.

    Args:
        segments: of :func:`segments_of`.
        events: names of the existing clips of events.
    """
    existing = set(events)
    parts = []
    for name, segment in segments.items():
        # Files of MMAction2 lack the event; names of its parts end in A_0003_0005.
        event = segment.get('event') or name.rsplit('_A_', 1)[0]
        if event in existing:
            parts.append(_part(event, name, segment))
    return parts


def _part(video: str, name: str, content: Mapping[str, Any]) -> Part:
    times = content.get('timestamps')
    if not times or not all(len(pair) == 2 for pair in times):
        raise ValueError(f'{name} has no timestamps (pairs of seconds), but {times!r}.')
    return Part(video, name, float(times[0][0]), float(times[-1][1]))


def read_elements(path: str) -> list[tuple[str, int]]:
    """Read a list of Gym99, a name and a class index per line.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is malformed; the message names it.
    """
    rows = []
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, start=1):
            words = line.split()
            if len(words) == 2 and words[1].isdigit():
                rows.append((words[0], int(words[1])))
            elif words:
                raise ValueError(f'{path}, line {number}: {line.strip()!r} is not a name and a class index.')
    return rows


def video_lines(rows: Iterable[tuple[str, int]], folder: str) -> list[str]:
    """Lines ``NAME.mp4 LABEL`` of the subactions that are videos in a folder."""
    existing = set(os.listdir(folder)) if os.path.isdir(folder) else set()
    return [f'{name}.mp4 {label}' for name, label in rows if f'{name}.mp4' in existing]


def frame_lines(rows: Iterable[tuple[str, int]], folder: str) -> Iterator[str]:
    """Yield lines ``NAME TOTAL_FRAMES LABEL`` of the subactions that are folders of frames ``img_*``.

    Raises:
        ValueError: a folder has no frames.
    """
    empty = []
    for name, label in rows:
        path = os.path.join(folder, name)
        if os.path.isdir(path):
            count = sum(file.startswith('img_') for file in os.listdir(path))
            if not count:
                empty.append(name)
            yield f'{name} {count} {label}'
    if empty:
        raise ValueError(f'{len(empty)} folders of {folder} have no img_*: {shorten(empty)}. Extract them again.')
