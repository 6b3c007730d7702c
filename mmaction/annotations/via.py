"""VIA 3: JSON with attributes, files, views, and metadata in seconds and pixels.

Source: https://gitlab.com/vgg/via/-/blob/master/via-3.x.y/CodeDoc.md
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmaction.annotations.base import SEGMENTS, Format, Reading, Writing, parse_json
from mmaction.annotations.collect import Collector
from mmaction.annotations.findings import malformed
from mmaction.annotations.record import Project, Segment, Track, TrackBox
from mmaction.annotations.via_csv import is_csv, project_of_csv
from mmaction.annotations.via_write import (
    CHECKBOX,
    DIGITS,
    EMPTY_PROJECT,
    FILE,
    INTERVAL,
    LABELS,
    RECTANGLE,
    SUBJECTS,
    add_to_project,
)


@dataclass(frozen=True)
class _Attribute:
    """An attribute: its name, and its options by id."""

    name: str
    options: Mapping[str, str]
    several: bool  # a checkbox has several options

    def values(self, chosen: Any) -> list[str]:
        """The names of chosen options; text as it is."""
        text = str(chosen).strip()
        parts = text.split(',') if self.several else [text]
        names = [str(self.options.get(part.strip(), part)).strip() for part in parts]
        return [name for name in names if name]


class Via(Format):
    """A project of VIA 3."""

    name = 'via'
    title = 'VIA 3'
    suffixes = ('.json', '.csv')
    holds = SEGMENTS | {'video_labels', 'tracks', 'box_attributes', 'empty_videos', 'declared_labels'}
    box_digits = DIGITS
    limits = (
        'It has no tracks: the boxes of one are tied together by an attribute "track". Only rectangles are read. '
        'Subject, score and model are attributes. The CSV form is read, and not written.'
    )

    def recognizes(self, head: str) -> bool:
        if is_csv(head):
            return True
        return head.lstrip().startswith('{') and ('"vid_list"' in head or ('"attribute"' in head and '"view"' in head))

    def parse(self, text: str, reading: Reading) -> Project:
        data = project_of_csv(text, reading.findings) if is_csv(text) else parse_json(text, reading, 'the project')
        if not isinstance(data, dict) or not {'file', 'view', 'metadata'} <= data.keys():
            raise malformed(reading.findings.file, '', 'it has no "file", "view" and "metadata"', 'Save it in VIA 3.')
        attributes = _attributes(data)
        collector = Collector()
        names = {}
        for vid, name in _videos(data):
            names[vid] = name
            collector.fact(name)
        tracks: dict[tuple[str, str], list[tuple[str, str, TrackBox]]] = {}
        for key, item in data['metadata'].items():
            where = f'metadata {key}'
            name = names.get(str(item.get('vid')), '')
            if not name:
                reading.findings.error(where, f'there is no view {item.get("vid")!r}', 'Save the project in VIA again.')
                continue
            values: dict[str, list[str]] = {}
            for number, chosen in (item.get('av') or {}).items():
                if number in attributes:
                    values[attributes[number].name] = attributes[number].values(chosen)
            times = [float(time) for time in item.get('z') or ()]
            xy = item.get('xy') or []
            if xy and xy[0] != RECTANGLE:
                reading.findings.drop('only rectangles are read, not other shapes', [where])
            elif xy and times:
                number = (values.pop('track', None) or [key])[0]
                boxes = tracks.setdefault((name, number), [])
                boxes.append((where, *_box(values, times[0], xy)))
            elif xy:
                reading.findings.error(where, 'the box has no time', 'Draw it again.')
            elif times:
                self._add_segments(values, times, where, name, collector, reading)
            else:
                for label in [label for labels in values.values() for label in labels]:
                    collector.label(name, label)
        for (name, _), boxes in tracks.items():
            boxes.sort(key=lambda entry: entry[2].time_sec)
            where, label, _ = boxes[0]
            collector.track(name, Track(label, tuple(box for _, _, box in boxes), where=where))
        return collector.project(tuple(_declared(data, attributes)))

    @staticmethod
    def _add_segments(
        values: Mapping[str, list[str]],
        times: Sequence[float],
        where: str,
        name: str,
        collector: Collector,
        reading: Reading,
    ) -> None:
        """Add a segment per label; one time alone is a still frame."""
        if times[-1] < times[0]:
            reading.findings.error(where, f'it ends ({times[-1]:g}) before it starts ({times[0]:g})', 'Correct it.')
            return
        facts = {key: next(iter(options), '') for key, options in values.items()}
        subject = next((facts[key] for key in facts if key.lower() in SUBJECTS), '')
        score = facts.get('score')
        labels = [label for key, options in values.items() if key.lower() in LABELS for label in options]
        if not labels:
            reserved = {*SUBJECTS, 'score', 'model'}
            labels = [label for key, options in values.items() if key.lower() not in reserved for label in options]
        if not labels:
            reading.findings.error(where, 'it has no label', 'Choose one in VIA, or delete the segment.')
        for label in labels:
            segment = Segment(
                times[0], times[-1], label, subject, float(score) if score else None, facts.get('model', ''), where
            )
            collector.segment(name, segment)

    def render(self, project: Project, writing: Writing, existing: str | None = None) -> str:
        if existing is not None and is_csv(existing):
            raise malformed('', '', 'this is the CSV form of a project', 'Save the project in VIA, as JSON.')
        present = Project(()) if existing is None else self.parse(existing, Reading())
        return add_to_project(existing or EMPTY_PROJECT, project, present)


def _attributes(data: Mapping[str, Any]) -> dict[str, _Attribute]:
    found = {}
    for number, item in (data.get('attribute') or {}).items():
        options = {str(key): str(value) for key, value in (item.get('options') or {}).items()}
        found[str(number)] = _Attribute(str(item.get('aname', number)).strip(), options, item.get('type') == CHECKBOX)
    return found


def _declared(data: Mapping[str, Any], attributes: Mapping[str, _Attribute]) -> Iterator[str]:
    """Yield the options of the attributes of intervals and files."""
    seen = set()
    for number, item in (data.get('attribute') or {}).items():
        if item.get('anchor_id') in (INTERVAL, FILE):
            for option in attributes[str(number)].options.values():
                if option not in seen:
                    seen.add(option)
                    yield option


def _videos(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield number and name of each view; the first file of several counts."""
    for number, view in data['view'].items():
        files = view.get('fid_list') or ()
        if files:
            file = data['file'].get(str(files[0])) or {}
            yield str(number), str(file.get('src') or file.get('fname') or files[0])


def _box(values: dict[str, list[str]], time_sec: float, xy: Sequence[float]) -> tuple[str, TrackBox]:
    """The class of the object, and its box."""
    _, x, y, width, height = xy
    label = next(iter(values.pop('label', ())), '')
    outside = bool(values.pop('outside', ()))
    occluded = bool(values.pop('occluded', ()))
    attributes = [(key, value) for key, options in values.items() for value in options]
    x1, y1, x2, y2 = (round(float(side), DIGITS) for side in (x, y, x + width, y + height))
    return label, TrackBox(time_sec, (x1, y1, x2, y2), tuple(attributes), outside, occluded)
