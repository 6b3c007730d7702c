"""The neutral record as JSON: all of a project, in its own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mmaction.annotations.base import FEATURES, Format, Reading, Writing, parse_json
from mmaction.annotations.findings import malformed
from mmaction.annotations.record import Project, Segment, Track, TrackBox, Video

_VERSION = 1
_KEY = 'mmaction_annotations'


class Neutral(Format):
    """The file ``annotations.json`` of an import."""

    name = 'json'
    title = 'annotations of mmaction'
    suffixes = ('.json',)
    holds = frozenset(FEATURES)
    limits = 'It has all that the record has, and the path of each video on this machine.'

    def recognizes(self, head: str) -> bool:
        return f'"{_KEY}"' in head

    def parse(self, text: str, reading: Reading) -> Project:
        data = parse_json(text, reading, 'the annotations')
        file = reading.findings.file
        if not isinstance(data, dict) or data.get(_KEY) != _VERSION:
            version = data.get(_KEY) if isinstance(data, dict) else None
            raise malformed(file, '', f'{_KEY} is {version!r}, not {_VERSION}', 'Import the annotations again.')
        try:
            videos = tuple(_video(item) for item in data['videos'])
        except (KeyError, TypeError, ValueError) as error:
            raise malformed(file, '', f'a video is malformed ({error!r})', 'Import the annotations again.') from None
        return Project(videos, tuple(data.get('labels', ())))

    def render(self, project: Project, writing: Writing, existing: str | None = None) -> str:
        if existing is not None:
            raise malformed('', '', f'{self.title} have no tool that would add to them', 'Write a new file.')
        videos = [_sparse(asdict(video)) for video in project.videos]
        content = {_KEY: _VERSION, 'labels': project.labels, 'videos': videos}
        return json.dumps(content, indent=1, ensure_ascii=False) + '\n'


def _sparse(value: Any) -> Any:
    """Leave out what is not stated, which most of the fields of a segment are not."""
    if isinstance(value, dict):
        return {key: _sparse(item) for key, item in value.items() if item or (item == 0 and item is not False)}
    if isinstance(value, list | tuple):
        return [_sparse(item) for item in value]
    return value


def _video(item: Mapping[str, Any]) -> Video:
    facts = dict(item)
    facts['segments'] = tuple(Segment(**segment) for segment in item.get('segments', ()))
    facts['tracks'] = tuple(_track(track) for track in item.get('tracks', ()))
    facts['labels'] = tuple(item.get('labels', ()))
    size = item.get('size')
    facts['size'] = tuple(size) if size else None
    return Video(**facts)


def _track(item: Mapping[str, Any]) -> Track:
    boxes = []
    for box in item['boxes']:
        attributes = tuple((name, value) for name, value in box.get('attributes', ()))
        x1, y1, x2, y2 = box['box']
        boxes.append(TrackBox(**{**box, 'attributes': attributes, 'box': (x1, y1, x2, y2)}))
    return Track(**{'label': '', **item, 'boxes': tuple(boxes)})
