"""FERAL: JSON with one class per frame, or a vector of zeros and ones where classes overlap."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mmaction.annotations.base import Format, Reading, Writing, no_fps, parse_json
from mmaction.annotations.collect import Collector
from mmaction.annotations.findings import malformed
from mmaction.annotations.json_edit import JsonText
from mmaction.annotations.record import Project, Segment, Video

BACKGROUND = 'background'
_NO_CLASS = (BACKGROUND, 'none', 'no behavior', 'no_behavior')


class Feral(Format):
    """Labels per frame. Runs of equal frames become segments; a class called background or none is left out."""

    name = 'feral'
    title = 'FERAL JSON'
    suffixes = ('.json',)
    holds = frozenset({'segments', 'overlaps', 'splits', 'declared_labels', 'empty_videos'})
    grid = 'frames'
    limits = (
        'It has whole frames only: no subjects, scores, models, boxes, labels of whole videos, and no segment that '
        'touches another one of its label, which would be one with it.'
    )

    def recognizes(self, head: str) -> bool:
        return '"class_names"' in head and ('"labels"' in head or '"is_multilabel"' in head)

    def parse(self, text: str, reading: Reading) -> Project:
        data = parse_json(text, reading, 'the labels')
        file = reading.findings.file
        if not isinstance(data, dict) or not isinstance(data.get('labels'), dict):
            raise malformed(file, '', 'it has no "labels"', 'Give {"class_names": {...}, "labels": {...}}.')
        names = {int(key): str(name) for key, name in (data.get('class_names') or {}).items()}
        collector = Collector()
        splits = {}
        for split, videos in (data.get('splits') or {}).items():
            splits.update(dict.fromkeys(videos or (), split))
        for name, frames in data['labels'].items():
            fps = reading.fps_of(name)
            if not fps:
                raise no_fps(file, name)
            collector.fact(name, split=splits.get(name))
            for label, first, end in _runs(frames):
                where = f'video {name!r}, frame {first}'
                if label not in names:
                    reading.findings.error(where, f'class {label} has no name', 'Add it to class_names.')
                elif names[label].lower() not in _NO_CLASS:
                    collector.segment(name, Segment(first / fps, end / fps, names[label], where=where))
        for name, split in splits.items():
            collector.fact(name, split=split)
        declared = [name for _, name in sorted(names.items()) if name.lower() not in _NO_CLASS]
        return collector.project(tuple(dict.fromkeys(declared)))

    def render(self, project: Project, writing: Writing, existing: str | None = None) -> str:
        data: dict[str, Any] = {'is_multilabel': _overlap(project), 'class_names': {'0': BACKGROUND}}
        data |= {'labels': {}, 'splits': {}}
        if existing is not None:
            data = json.loads(existing)
        several = bool(data.get('is_multilabel'))
        numbers = {str(name): int(key) for key, name in data['class_names'].items()}
        first = 1 + max(numbers.values(), default=-1)
        fresh = [label for label in project.all_labels() if label not in numbers]
        added = {label: first + number for number, label in enumerate(fresh)}
        numbers |= added
        if existing is not None and several and added:
            raise malformed(
                '',
                'class_names',
                f'vectors of {first} classes have no place for {", ".join(added)}',
                'Write a new file.',
            )
        frames = {}
        splits: dict[str, list[str]] = {}
        for video in project.videos:
            if video.name in data['labels']:
                writing.findings.error(
                    f'video {video.name!r}', 'it has labels per frame already, which are kept', 'Write a new file.'
                )
                continue
            if not several and _overlap(Project((video,))):
                writing.findings.error(
                    f'video {video.name!r}', 'its segments overlap, and the file has one class per frame', 'Split them.'
                )
                continue
            frames[video.name] = _frames(video, numbers, several, writing.fps_of(video))
            if video.split:
                splits.setdefault(video.split, []).append(video.name)
        text = JsonText(json.dumps(data, ensure_ascii=False) + '\n' if existing is None else existing)
        text.add(['class_names'], [(str(number), label) for label, number in added.items()])
        text.add(['labels'], frames.items())
        for split, names in splits.items():
            if split in data.get('splits', {}):
                text.append(['splits', split], names)
            elif 'splits' in data:
                text.add(['splits'], [(split, names)])
        return text.text


def _runs(frames: Sequence[Any]) -> list[tuple[int, int, int]]:
    """Class, first frame and end (exclusive) of each run; frames are classes, or vectors of zeros and ones."""
    runs = []
    started: dict[int, int] = {}
    for index, frame in enumerate([*frames, None]):
        active: set[int] = set()
        if isinstance(frame, list):
            active = {number for number, value in enumerate(frame) if value}
        elif frame is not None:
            active = {int(frame)}
        for number in [number for number in started if number not in active]:
            runs.append((number, started.pop(number), index))
        for number in active:
            started.setdefault(number, index)
    return runs


def _overlap(project: Project) -> bool:
    """True if segments of a video overlap."""
    for video in project.videos:
        end = 0.0
        for segment in sorted(video.segments, key=lambda s: s.start_sec):
            if segment.start_sec < end:
                return True
            end = max(end, segment.end_sec)
    return False


def _frames(video: Video, numbers: Mapping[str, int], several: bool, fps: float) -> list[Any]:
    ends = [round(segment.end_sec * fps) for segment in video.segments]
    count = max([*ends, video.num_frames or round((video.duration_sec or 0) * fps)])
    length = 1 + max(numbers.values(), default=0)
    labels: list[Any] = [[0] * length for _ in range(count)] if several else [0] * count
    for segment in video.segments:
        number = numbers[segment.label]
        for frame in range(round(segment.start_sec * fps), round(segment.end_sec * fps)):
            if several:
                labels[frame][number] = 1
            else:
                labels[frame] = number
    return labels
