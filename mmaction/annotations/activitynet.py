"""JSON of ActivityNet: the releases, annotation files of ``ActivityNetDataset``, and results of models."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from mmaction.annotations.base import SEGMENTS, Format, Reading, Writing, parse_json
from mmaction.annotations.collect import Collector
from mmaction.annotations.findings import malformed
from mmaction.annotations.json_edit import JsonText
from mmaction.annotations.record import Project, Segment, additions

_SPLITS = {'training': 'train', 'validation': 'val', 'testing': 'test'}


class ActivityNet(Format):
    """Videos with durations and labeled segments in seconds."""

    name = 'activitynet'
    title = 'ActivityNet JSON'
    suffixes = ('.json',)
    holds = SEGMENTS | {'fps', 'durations', 'splits', 'empty_videos'}
    limits = (
        'It has no boxes, no labels of whole videos and no class names without a segment. Subject, score and model are '
        'additional keys.'
    )

    def recognizes(self, head: str) -> bool:
        start = head.lstrip()
        keys = ('"database"', '"results"', '"duration_second"', '"segment"', '"annotations"')
        return start.startswith('{') and any(key in head for key in keys) and '"data"' not in head

    def parse(self, text: str, reading: Reading) -> Project:
        data = parse_json(text, reading, 'the annotations')
        videos = data
        if isinstance(data, dict):
            videos = data.get('database', data.get('results', data))
        if not isinstance(videos, dict):
            raise malformed(
                reading.findings.file, '', 'it is no dict of videos', 'Give {"VIDEO": {"annotations": [...]}}.'
            )
        collector = Collector()
        for name, info in videos.items():
            annotations = info
            if isinstance(info, dict):
                annotations = info.get('annotations') or []
                split = str(info.get('subset') or '')
                collector.fact(
                    name,
                    duration_sec=info.get('duration_second', info.get('duration')),
                    fps=info.get('fps'),
                    num_frames=info.get('duration_frame'),
                    split=_SPLITS.get(split, split),
                )
            if not isinstance(annotations, list):
                reading.findings.error(f'video {name!r}', 'its annotations are no list', 'Correct it.')
                continue
            collector.fact(name)
            for number, item in enumerate(annotations, 1):
                segment = _segment(item, f'video {name!r}, annotation {number}', reading)
                if segment:
                    collector.segment(name, segment)
        return collector.project()

    def render(self, project: Project, writing: Writing, existing: str | None = None) -> str:
        if existing is not None:
            return self._add(existing, project)
        content = {}
        for video in project.videos:
            facts = {
                'duration_second': video.duration_sec,
                'duration_frame': video.num_frames,
                'fps': video.fps,
                'subset': video.split or None,
            }
            known = {key: value for key, value in facts.items() if value is not None}
            content[video.name] = {**known, 'annotations': [_item(segment) for segment in video.segments]}
        return json.dumps(content, indent=1, ensure_ascii=False) + '\n'

    def _add(self, existing: str, project: Project) -> str:
        data = json.loads(existing)
        root = next((key for key in ('database', 'results') if key in data), None)
        path = [root] if root else []
        videos = data[root] if root else data
        present = {video.name: video for video in self.parse(existing, Reading()).videos}
        text = JsonText(existing)
        for video in project.videos:
            items = [_item(segment) for segment in additions(video, present.get(video.name)).segments]
            info = videos.get(video.name)
            if info is None:
                text.add(path, [(video.name, items if root == 'results' else {'annotations': items})])
            elif isinstance(info, list):
                text.append([*path, video.name], items)
            elif items and 'annotations' in info:
                text.append([*path, video.name, 'annotations'], items)
            elif items:
                text.add([*path, video.name], [('annotations', items)])
        return text.text


def _segment(item: Any, where: str, reading: Reading) -> Segment | None:
    times = item.get('segment') if isinstance(item, Mapping) else None
    try:
        start, end = (float(time) for time in times or ())
        label = str(item['label'])
    except (TypeError, ValueError, KeyError):
        reading.findings.error(where, f'{item!r} has no segment [start, end] and label', 'Correct it.')
        return None
    if not (math.isfinite(start) and start <= end < math.inf):
        reading.findings.error(where, f'the segment [{start:g}, {end:g}] ends before it starts', 'Correct it.')
        return None
    score = item.get('score')
    subject = str(item.get('subject', ''))
    model = str(item.get('model', ''))
    return Segment(start, end, label, subject, None if score is None else float(score), model, where)


def _item(segment: Segment) -> dict[str, Any]:
    item: dict[str, Any] = {'segment': [segment.start_sec, segment.end_sec], 'label': segment.label}
    if segment.subject:
        item['subject'] = segment.subject
    if segment.score is not None:
        item['score'] = segment.score
    if segment.model:
        item['model'] = segment.model
    return item
