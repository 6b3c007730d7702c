"""Writing of VIA 3 projects: views, attributes and metadata are added to a project, which may be empty."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mmaction.annotations.base import video_key
from mmaction.annotations.json_edit import JsonText
from mmaction.annotations.record import Project, Segment, Track, Video, additions

TEXT, CHECKBOX, RADIO, SELECT = 1, 2, 3, 4  # types of attributes
RECTANGLE = 2  # first number of xy
DIGITS = 4  # of coordinates in pixels
FILE, INTERVAL, BOX = 'FILE1_Z0_XY0', 'FILE1_Z2_XY0', 'FILE1_Z1_XY1'  # what an attribute belongs to
LABELS = ('label', 'action', 'behavior', 'behaviour', 'activity', 'class', 'temporal-segments', 'event')
SUBJECTS = ('subject', 'person', 'animal', 'individual', 'actor')
EMPTY_PROJECT = (
    '{"project": {"pid": "__VIA_PROJECT_ID__", "rev": "__VIA_PROJECT_REV_ID__", '
    '"rev_timestamp": "__VIA_PROJECT_REV_TIMESTAMP__", "pname": "", "creator": "", "created": 0, "vid_list": []}, '
    '"config": {"file": {"loc_prefix": {"1": "", "2": "", "3": "", "4": ""}}, "ui": {"file_content_align": "center"}}, '
    '"attribute": {}, "file": {}, "metadata": {}, "view": {}}\n'
)
_VIDEO = 4  # type of a file
_URI_FILE = 3  # location of a file


@dataclass
class _Attributes:
    """The attributes of a project, and those that are added to it."""

    existing: dict[str, dict[str, Any]]
    added: dict[str, dict[str, Any]] = field(default_factory=dict)
    options: dict[str, dict[str, str]] = field(default_factory=dict)  # added to existing attributes

    def number(self, name: str, anchor: str, kind: int, also: Iterable[str] = ()) -> str:
        """Number of an attribute, which is added if there is none of this name, or of ``also``."""
        names = (name, *also)
        for number, item in (self.existing | self.added).items():
            if item.get('anchor_id') == anchor and str(item.get('aname', '')).lower() in names:
                return number
        number = _next(self.existing | self.added)
        self.added[number] = {'aname': name, 'anchor_id': anchor, 'type': kind, 'desc': '', 'options': {}}
        self.added[number]['default_option_id'] = ''
        return number

    def choose(self, number: str, value: str) -> str:
        """Text that stands for a value of an attribute; a missing option is added."""
        item = self.added.get(number) or self.existing[number]
        if item.get('type') == TEXT:
            return value
        options = {**item.get('options', {}), **self.options.get(number, {})}
        for option, text in options.items():
            if str(text).strip() == value:
                return str(option)
        option = _next(options, 0)
        if number in self.added:
            item['options'][option] = value
        else:
            self.options.setdefault(number, {})[option] = value
        return option


def _next(table: Mapping[str, Any], first: int = 1) -> str:
    return str(1 + max((int(key) for key in table if str(key).isdigit()), default=first - 1))


def add_to_project(existing: str, project: Project, present: Project) -> str:
    """Add annotations to the text of a project; no other byte of it changes.

    Args:
        existing: text of the project.
        project: the annotations.
        present: those that the project has, which are left out.
    """
    data = json.loads(existing)
    attributes = _Attributes(dict(data.get('attribute') or {}))
    _declare(attributes, project)
    views = {}
    for number, view in data['view'].items():
        file = data['file'].get(str((view.get('fid_list') or [''])[0])) or {}
        views[video_key(str(file.get('src') or file.get('fname') or ''))] = str(number)
    known = {video.name: video for video in present.videos}
    files: dict[str, Any] = {}
    new_views: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    first_track = len(data['metadata'])
    for video in project.videos:
        view = views.get(video_key(video.name)) if known else None
        if view is None:
            view = _next({**data['view'], **new_views})
            fid = _next({**data['file'], **files})
            name = video_key(video.name)
            files[fid] = {'fid': fid, 'fname': name, 'type': _VIDEO, 'loc': _URI_FILE, 'src': video.name}
            new_views[view] = {'fid_list': [fid]}
        for item in _metadata(additions(video, known.get(video.name)), attributes, first_track):
            number = len(metadata)
            while f'{view}_mmaction{number}' in data['metadata']:
                number += len(data['metadata'])
            metadata[f'{view}_mmaction{number}'] = {'vid': view, 'flg': 0, **item}
        first_track += len(video.tracks)
    text = JsonText(existing)
    for number, options in attributes.options.items():
        text.add(['attribute', number, 'options'], options.items())
    text.add(['attribute'], attributes.added.items())
    text.add(['file'], files.items())
    text.add(['view'], new_views.items())
    text.add(['metadata'], metadata.items())
    if isinstance(data.get('project', {}).get('vid_list'), list):
        text.append(['project', 'vid_list'], new_views)
    return text.text


def _declare(attributes: _Attributes, project: Project) -> None:
    """Add the class names of a project as options."""
    if project.labels:
        number = attributes.number('label', INTERVAL, SELECT, LABELS)
        for label in project.labels:
            attributes.choose(number, label)


def _metadata(video: Video, attributes: _Attributes, first_track: int) -> Iterable[dict[str, Any]]:
    for label in video.labels:
        number = attributes.number('class', FILE, SELECT, LABELS)
        yield {'z': [], 'xy': [], 'av': {number: attributes.choose(number, label)}}
    for segment in video.segments:
        yield _interval(segment, attributes)
    for index, track in enumerate(video.tracks):
        yield from _boxes(track, first_track + index, attributes)


def _interval(segment: Segment, attributes: _Attributes) -> dict[str, Any]:
    times = [segment.start_sec]
    if segment.end_sec > segment.start_sec:
        times.append(segment.end_sec)
    label = attributes.number('label', INTERVAL, SELECT, LABELS)
    values = {label: attributes.choose(label, segment.label)}
    score = '' if segment.score is None else repr(segment.score)
    facts = (('subject', segment.subject, SUBJECTS), ('score', score, ()), ('model', segment.model, ()))
    for name, value, also in facts:
        if value:
            number = attributes.number(name, INTERVAL, TEXT, also)
            values[number] = attributes.choose(number, value)
    return {'z': times, 'xy': [], 'av': values}


def _boxes(track: Track, number: int, attributes: _Attributes) -> Iterable[dict[str, Any]]:
    for box in track.boxes:
        x1, y1, x2, y2 = box.box
        facts = [('label', track.label), ('track', str(number)), *box.attributes]
        if box.outside:
            facts.append(('outside', 'true'))
        if box.occluded:
            facts.append(('occluded', 'true'))
        values = {}
        for name, value in facts:
            attribute = attributes.number(name, BOX, TEXT)
            values[attribute] = attributes.choose(attribute, value)
        yield {'z': [box.time_sec], 'xy': [RECTANGLE, x1, y1, x2 - x1, y2 - y1], 'av': values}
