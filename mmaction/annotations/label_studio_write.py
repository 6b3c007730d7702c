"""Writing of Label Studio's tasks: annotations and predictions are added to a list of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mmaction.annotations.json_edit import JsonText
from mmaction.annotations.record import Project, Segment, Track, Video, additions

SUBJECT = 'subject: '  # in front of a subject, as the text of a region

Rate = Callable[[Video], float]


def add_to_tasks(existing: str, project: Project, present: Project, names: Sequence[str | None], rate: Rate) -> str:
    """Add annotations and predictions to the text of a list of tasks; no other byte of it changes.

    Args:
        existing: text of the tasks.
        project: the annotations.
        present: those of the existing tasks, which are left out.
        names: video of each task.
        rate: frames per second of a video.
    """
    text = JsonText(existing)
    tasks = json.loads(existing)
    known = {video.name: video for video in present.videos}
    first = 1 + max((task['id'] for task in tasks if isinstance(task.get('id'), int)), default=0)
    new: list[dict[str, Any]] = []
    for video in project.videos:
        added = additions(video, known.get(video.name))
        if video.name not in names:
            new.append({'id': first + len(new), 'data': {'video': video.name}, **_work(added, rate)})
            continue
        index = names.index(video.name)
        for key, items in _work(added, rate).items():
            if not items:
                continue
            if isinstance(tasks[index].get(key), list):
                text.append([index, key], items)
            else:
                text.add([index], [(key, items)])
    text.append([], new)
    return text.text


def _work(video: Video, rate: Rate) -> dict[str, list[dict[str, Any]]]:
    """The annotations of persons, and the predictions of each model."""
    regions: list[dict[str, Any]] = []
    predictions: dict[str, list[dict[str, Any]]] = {}
    if video.labels:
        regions.append(_region('choices', 'class', {'choices': list(video.labels)}))
    for segment in video.segments:
        region = _timeline(segment, rate(video))
        if segment.model or segment.score is not None:
            predictions.setdefault(segment.model, []).append(region)
        else:
            regions.append(region)
    regions += [_rectangles(track, video, rate(video)) for track in video.tracks]
    return {
        'annotations': [{'result': _numbered(regions)}] if regions else [],
        'predictions': [{'model_version': model, 'result': _numbered(items)} for model, items in predictions.items()],
    }


def _region(kind: str, control: str, value: dict[str, Any]) -> dict[str, Any]:
    return {'type': kind, 'from_name': control, 'to_name': 'video', 'value': value}


def _numbered(regions: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give regions ids of their content, which differ from those of other regions."""
    numbered = []
    for index, region in enumerate(regions):
        digest = hashlib.md5(json.dumps([index, region]).encode(), usedforsecurity=False).hexdigest()
        numbered.append({'id': digest[:10], **region})
    return numbered


def _timeline(segment: Segment, fps: float) -> dict[str, Any]:
    part = {'start': round(segment.start_sec * fps) + 1, 'end': round(segment.end_sec * fps)}
    region = _region('timelinelabels', 'label', {'ranges': [part], 'timelinelabels': [segment.label]})
    if segment.subject:
        region['meta'] = {'text': [f'{SUBJECT}{segment.subject}']}
    if segment.score is not None:
        region['score'] = segment.score
    return region


def _rectangles(track: Track, video: Video, fps: float) -> dict[str, Any]:
    sequence = []
    for box in track.boxes:
        x1, y1, x2, y2 = (value * 100 for value in box.box)
        frame = round(box.time_sec * fps) + 1
        place = {'x': x1, 'y': y1, 'width': x2 - x1, 'height': y2 - y1, 'rotation': 0}
        sequence.append({'frame': frame, 'time': frame / fps, 'enabled': not box.outside, **place})
    count = video.num_frames or sequence[-1]['frame']
    value: dict[str, Any] = {'framesCount': count, 'duration': count / fps, 'sequence': sequence}
    if track.label:
        value['labels'] = [track.label]
    return _region('videorectangle', 'box', value)
