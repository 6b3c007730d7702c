"""CVAT for video 1.1: tracks of boxes, in XML.

Source: https://docs.cvat.ai/docs/manual/advanced/xml_format/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from mmaction.annotations.base import Format, Reading, Writing, no_fps, video_key
from mmaction.annotations.findings import malformed
from mmaction.annotations.record import Project, Track, TrackBox, Video
from mmaction.annotations.xml_text import element, insert_before, parse_xml

_FIRST_OBJECT_LABEL = 'person'


class Cvat(Format):
    """Tracks of CVAT. Frames become seconds, for which the frame rate of the video is needed."""

    name = 'cvat'
    title = 'CVAT for video 1.1'
    suffixes = ('.xml',)
    holds = frozenset({'tracks', 'box_attributes', 'sizes', 'empty_videos'})
    grid = 'frames'
    per_video = True
    limits = (
        'It has no labeled intervals and no tags of frames, only tracks. An attribute of a box, such as the action of '
        'a person, changes with time. Polygons, points and skeletons are not read.'
    )

    def recognizes(self, head: str) -> bool:
        return '<annotations' in head

    def parse(self, text: str, reading: Reading) -> Project:
        root = parse_xml(text, 'annotations', reading, self.title)
        file = reading.findings.file
        if root.find('image') is not None:
            raise malformed(
                file, '', 'this is "CVAT for images 1.1"', 'Export the task as "CVAT for video 1.1", which has tracks.'
            )
        tasks = _tasks(root, reading)
        other: Counter[str] = Counter()
        for track in root.iter('track'):
            where = f'track {track.get("id", "?")}'
            other.update(shape.tag for shape in track if shape.tag not in ('box', 'attribute'))
            number = track.get('task_id', '')
            task = tasks.get(number)
            if task is None and len(tasks) == 1:
                (task,) = tasks.values()
            if task is None:
                reading.findings.error(where, f'there is no task {number!r}', 'Export the project again.')
                continue
            if not task.fps:
                raise no_fps(file, task.name)
            boxes = sorted(_boxes(track, task.fps, where, reading), key=lambda box: box.time_sec)
            if boxes:
                task.tracks.append(Track(track.get('label', ''), tuple(boxes), where=where))
        for shape, count in other.items():
            reading.findings.drop(f'{count} shapes of the type {shape}; only boxes are read')
        videos = [Video(task.name, size=task.size, tracks=tuple(task.tracks)) for task in tasks.values()]
        return Project(tuple(videos))

    def render(self, project: Project, writing: Writing, existing: str | None = None) -> str:
        (video,) = project.videos
        first = 0
        if existing is not None:
            root = parse_xml(existing, 'annotations', Reading(), self.title)
            if len(_tasks(root, Reading())) > 1:
                raise malformed('', '', 'it is the export of a project', 'Export its tasks one by one.')
            first = 1 + max((int(track.get('id', -1)) for track in root.iter('track')), default=-1)
        tracks = [
            _render_track(track, first + number, writing.fps_of(video)) for number, track in enumerate(video.tracks)
        ]
        if existing is not None:
            for track in tracks:
                existing = insert_before(existing, '</annotations>', track)
            return existing
        task = [
            element('name', {}, Path(video_key(video.name)).stem),
            element('mode', {}, 'interpolation'),
            element('labels', {}, [_render_label(name, video) for name in _object_labels(video)]),
        ]
        if video.size:
            width, height = video.size
            size = [element('width', {}, str(width)), element('height', {}, str(height))]
            task.append(element('original_size', {}, size))
        task.append(element('source', {}, video.name))
        meta = element('meta', {}, [element('task', {}, task)])
        content = element('annotations', {}, [element('version', {}, '1.1'), meta, *tracks])
        return f'<?xml version="1.0" encoding="utf-8"?>\n{content}\n'


@dataclass
class _Task:
    name: str
    size: tuple[int, int] | None
    fps: float | None
    tracks: list[Track] = field(default_factory=list)


def _tasks(root: Element, reading: Reading) -> dict[str, _Task]:
    """The tasks by their id; a project has several."""
    meta = root.find('meta')
    if meta is None:
        meta = root
    elements = meta.findall('project/tasks/task') or meta.findall('task') or meta.findall('job') or [meta]
    tasks = {}
    for task in elements:
        name = task.findtext('source') or meta.findtext('source') or task.findtext('name') or ''
        size = task.find('original_size')
        if size is None:
            size = meta.find('original_size')
        width = size.findtext('width') if size is not None else None
        height = size.findtext('height') if size is not None else None
        pixels = (int(width), int(height)) if width and height else None
        tasks[task.findtext('id', '')] = _Task(name, pixels, reading.fps_of(name))
    return tasks


def _boxes(track: Element, fps: float, where: str, reading: Reading) -> Iterator[TrackBox]:
    fixed = _attributes(track)
    for box in track.findall('box'):
        frame = box.get('frame', '')
        try:
            number = int(frame)
            x1, y1, x2, y2 = (float(box.attrib[side]) for side in ('xtl', 'ytl', 'xbr', 'ybr'))
        except (KeyError, ValueError):
            reading.findings.error(
                f'{where}, frame {frame or "?"}',
                'a box must have frame, xtl, ytl, xbr and ybr, which are numbers',
                'Correct the box, or export the task again.',
            )
            continue
        yield TrackBox(
            number / fps,
            (x1, y1, x2, y2),
            (*fixed, *_attributes(box)),
            outside=box.get('outside') == '1',
            occluded=box.get('occluded') == '1',
        )


def _attributes(holder: Element) -> tuple[tuple[str, str], ...]:
    found = [(item.get('name', ''), (item.text or '').strip()) for item in holder.findall('attribute')]
    return tuple(found)


def _object_labels(video: Video) -> list[str]:
    labels = dict.fromkeys(track.label for track in video.tracks)
    return [*labels] or [_FIRST_OBJECT_LABEL]


def _render_label(name: str, video: Video) -> str:
    """Declare a label with the attributes of its tracks, and the values that they have."""
    values: dict[str, dict[str, None]] = {}
    for track in video.tracks:
        if track.label != name:
            continue
        for box in track.boxes:
            for attribute, value in box.attributes:
                values.setdefault(attribute, {})[value] = None
    attributes = []
    for attribute, options in values.items():
        content = [
            element('name', {}, attribute),
            element('mutable', {}, 'True'),
            element('input_type', {}, 'select'),
            element('default_value', {}, next(iter(options))),
            element('values', {}, '\n'.join(options)),
        ]
        attributes.append(element('attribute', {}, content))
    return element('label', {}, [element('name', {}, name), element('attributes', {}, attributes)])


def _render_track(track: Track, number: int, fps: float) -> str:
    boxes = []
    for box in track.boxes:
        sides = dict(zip(('xtl', 'ytl', 'xbr', 'ybr'), box.box))
        flags = {'outside': int(box.outside), 'occluded': int(box.occluded), 'keyframe': 1, 'z_order': 0}
        content = [element('attribute', {'name': name}, value) for name, value in box.attributes]
        boxes.append(element('box', {'frame': round(box.time_sec * fps), **sides, **flags}, content))
    return element('track', {'id': number, 'label': track.label, 'source': 'manual'}, boxes)
