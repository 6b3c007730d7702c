"""Label Studio: JSON export of tasks, with intervals in frames that count from 1 and boxes in percent.

Source: https://labelstud.io/guide/export and https://labelstud.io/tags/timelinelabels
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from mimetypes import guess_type
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

from mmaction.annotations.base import SEGMENTS, Format, Reading, Writing, no_fps, parse_json, video_key
from mmaction.annotations.collect import Collector
from mmaction.annotations.findings import malformed
from mmaction.annotations.label_studio_write import SUBJECT, add_to_tasks
from mmaction.annotations.record import Project, Segment, Track, TrackBox

_DIGITS = 8  # of coordinates, which are products of the percentages in the file
_UPLOAD_PREFIX = re.compile(r'^[0-9a-f]{8}-')  # which Label Studio puts before the name of an uploaded file


class LabelStudio(Format):
    """Tasks of Label Studio. Its frame rate is a setting of the labeling page, so that of the video is used."""

    name = 'label-studio'
    title = 'Label Studio'
    suffixes = ('.json',)
    holds = (SEGMENTS - {'points'}) | {'video_labels', 'tracks', 'empty_videos'}
    grid = 'frames'
    box_unit = 'relative'
    box_digits = _DIGITS
    limits = (
        'Times are whole frames, so that no segment is shorter than one. Boxes have no attributes but their label, and '
        'rotation is not read. Segments with a score or model are predictions of the task.'
    )

    def recognizes(self, head: str) -> bool:
        start = head.lstrip()
        return (
            start.startswith(('[', '{')) and '"data"' in head and ('"annotations"' in head or '"predictions"' in head)
        )

    def parse(self, text: str, reading: Reading) -> Project:
        tasks = parse_json(text, reading, 'the tasks as JSON')
        tasks = [tasks] if isinstance(tasks, dict) else tasks
        file = reading.findings.file
        if not isinstance(tasks, list) or not all(isinstance(task, dict) and 'data' in task for task in tasks):
            raise malformed(file, '', 'it is no list of tasks with "data"', 'Export as JSON, and not as JSON_MIN.')
        collector = Collector()
        rotated: list[str] = []
        for number, task in enumerate(tasks, 1):
            where = f'task {task.get("id", number)}'
            name = _video(task['data'])
            if name is None:
                reading.findings.error(where, 'its data has no video', 'Export tasks that have a video.')
                continue
            collector.fact(name)
            for item, model, score in _results(task):
                place = f'{where}, region {item.get("id", "?")}'
                self._add(item, name, place, collector, reading, model, score)
                if any(box.get('rotation') for box in (item.get('value') or {}).get('sequence') or ()):
                    rotated.append(place)
        if rotated:
            reading.findings.drop('boxes are rotated; the rotation is not read', rotated)
        return collector.project()

    def _add(
        self,
        item: Mapping[str, Any],
        name: str,
        where: str,
        collector: Collector,
        reading: Reading,
        model: str,
        score: float | None,
    ) -> None:
        value = item.get('value') or {}
        kind = item.get('type')
        if kind == 'choices':
            for label in value.get('choices') or ():
                collector.label(name, str(label))
        elif kind == 'timelinelabels' and not value.get('ranges'):
            # Label Studio adds these to rectangles; they are no intervals.
            return
        elif kind == 'timelinelabels':
            fps = self._fps(name, value, reading)
            subject = _subject(item)
            for part in value['ranges']:
                start = (float(part['start']) - 1) / fps
                end = float(part['end']) / fps
                if end <= start:
                    reading.findings.error(where, f'the range {part!r} ends before it starts', 'Correct it.')
                    continue
                labels = value.get('timelinelabels') or ()
                if not labels:
                    reading.findings.error(where, 'it has no label', 'Choose one, or delete the region.')
                for label in labels:
                    collector.segment(name, Segment(start, end, str(label), subject, score, model, where))
        elif kind == 'videorectangle':
            fps = self._fps(name, value, reading)
            boxes = [_box(entry, fps) for entry in value.get('sequence') or ()]
            label = next(iter(value.get('labels') or ()), '')
            boxes.sort(key=lambda box: box.time_sec)
            if boxes:
                collector.track(name, Track(str(label), tuple(boxes), 'relative', where))
        else:
            reading.findings.drop(f'regions of the type {kind} are not read', [where])

    @staticmethod
    def _fps(name: str, value: Mapping[str, Any], reading: Reading) -> float:
        frames = value.get('framesCount')
        duration = value.get('duration')
        stated = frames / duration if frames and duration else None
        fps = reading.fps_of(name, stated)
        if not fps:
            raise no_fps(reading.findings.file, name)
        return fps

    def render(self, project: Project, writing: Writing, existing: str | None = None) -> str:
        present = Project(())
        names: list[str | None] = []
        if existing is not None:
            rates = {video.name: writing.fps_of(video) for video in project.videos}
            present = self.parse(existing, Reading(fps=lambda name: rates.get(name, 1.0)))
            names = [_video(task['data']) for task in json.loads(existing)]
        return add_to_tasks('[]\n' if existing is None else existing, project, present, names, writing.fps_of)


def _video(data: Mapping[str, Any]) -> str | None:
    """Name of the video of a task, out of its URL."""
    texts = [data['video']] if isinstance(data.get('video'), str) else []
    texts += [value for value in data.values() if isinstance(value, str)]
    for text in texts:
        url = urlparse(text)
        inner = parse_qs(url.query).get('d')
        name = inner[0] if inner else unquote(url.path) if url.scheme or text.startswith('/data/') else text
        if text == data.get('video') or (guess_type(name)[0] or '').startswith('video'):
            if text.startswith('/data/upload/') or '/data/upload/' in text:
                return _UPLOAD_PREFIX.sub('', video_key(name))
            return name
    return None


def _results(task: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str, float | None]]:
    """Yield the regions of a task with model and score: of persons, which were not cancelled, and of models."""
    for annotation in task.get('annotations') or ():
        if not annotation.get('was_cancelled'):
            for item in annotation.get('result') or ():
                yield item, '', None
    for prediction in task.get('predictions') or ():
        if isinstance(prediction, dict):
            for item in prediction.get('result') or ():
                yield item, prediction.get('model_version') or '', item.get('score')


def _subject(item: Mapping[str, Any]) -> str:
    texts = (item.get('meta') or {}).get('text') or ()
    return next((str(text)[len(SUBJECT) :] for text in texts if str(text).startswith(SUBJECT)), '')


def _box(entry: Mapping[str, Any], fps: float) -> TrackBox:
    x, y, width, height = (float(entry.get(side, 0)) for side in ('x', 'y', 'width', 'height'))
    x1, y1, x2, y2 = (round(side / 100, _DIGITS) for side in (x, y, x + width, y + height))
    return TrackBox((int(entry['frame']) - 1) / fps, (x1, y1, x2, y2), outside=not entry.get('enabled', True))
