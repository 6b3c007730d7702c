"""Writing of BORIS projects: a new one, or events added to an existing one."""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmaction.annotations.base import Reading, video_key
from mmaction.annotations.boris_read import Media, behavior_kinds, parse_project
from mmaction.annotations.findings import Findings
from mmaction.annotations.json_edit import JsonText
from mmaction.annotations.provenance import render_comment
from mmaction.annotations.record import Project, Segment, Video, additions

_VERSION = '7.0'
_DATE = '2000-01-01T00:00:00'  # of observations and projects whose date is not known
_COLORS = ('tab:blue', 'tab:orange', 'tab:green', 'tab:red', 'tab:purple', 'tab:brown', 'tab:pink', 'tab:olive')
_PLAYERS = 8

# time, subject, behavior, modifiers, comment, frame
_Event = list[Any]


def new_project(project: Project) -> str:
    """Make the text of a project with one observation per video."""
    states = _states(project)
    subjects = sorted({segment.subject for video in project.videos for segment in video.segments} - {''})
    content = {
        'time_format': 'hh:mm:ss',
        'project_date': _DATE,
        'project_name': '',
        'project_description': '',
        'project_format_version': _VERSION,
        'subjects_conf': {str(i): _subject(name) for i, name in enumerate(subjects)},
        'behaviors_conf': {
            str(i): _behavior(label, states.get(label, True), i) for i, label in enumerate(project.all_labels())
        },
        'observations': {name: _observation(video, states) for name, video in _by_observation(project, ()).items()},
        'behavioral_categories': [],
        'independent_variables': {},
        'coding_map': {},
        'behaviors_coding_map': [],
        'converters': {},
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + '\n'


def add_to_project(existing: str, project: Project, findings: Findings) -> str:
    """Add events to the text of a project, and the observations, behaviors and subjects that they need.

    Events that are there already are left out. No other byte of the text changes.

    Args:
        existing: text of the project.
        project: with the events.
        findings: has afterwards the events that the project cannot take.
    """
    data = json.loads(existing)
    text = JsonText(existing)
    known = behavior_kinds(data)
    states = _states(project) | known
    _add_numbered(
        text,
        data,
        'behaviors_conf',
        {label: _behavior(label, states.get(label, True), 0) for label in project.all_labels() if label not in known},
    )
    there = {subject.get('name') for subject in (data.get('subjects_conf') or {}).values()}
    used = sorted({segment.subject for video in project.videos for segment in video.segments} - {'', *there})
    _add_numbered(text, data, 'subjects_conf', {name: _subject(name) for name in used})
    places: dict[str, tuple[str, Media, int]] = {}
    for name, observation in data['observations'].items():
        media = Media.of(observation, name, Findings())
        if media is None:
            continue
        for index, path in enumerate(media.names):
            places.setdefault(path, (name, media, index))
            places.setdefault(video_key(path), (name, media, index))
    present = {video.name: video for video in parse_project(existing, Reading()).videos}
    new = []
    for video in project.videos:
        place = places.get(video.name) or places.get(video_key(video.name))
        if place is None:
            new.append(video)
            continue
        name, media, index = place
        path = media.names[index]
        shift = media.starts[index] + media.offset
        events = []
        for segment in additions(video, present.get(path)).segments:
            if segment.end_sec > segment.start_sec and not states[segment.label]:
                findings.error(
                    f'{video.name}, {segment.start_sec:g} s',
                    f'{segment.label!r} is a point event in the project, and the segment has a length',
                    'Make it a state event in BORIS.',
                )
                continue
            events += _events(segment, states, shift, media.rates[index])
        times = [float(event[0]) for event in data['observations'][name]['events']]
        events.sort(key=lambda event: event[0])
        text.insert(
            ['observations', name, 'events'], [(bisect.bisect_right(times, event[0]), event) for event in events]
        )
    observations = _by_observation(Project(tuple(new)), data['observations'])
    text.add(['observations'], [(name, _observation(video, states)) for name, video in observations.items()])
    return text.text


def _add_numbered(text: JsonText, data: Mapping[str, Any], key: str, items: Mapping[str, Any]) -> None:
    """Add items to a table whose keys are numbers."""
    if not items:
        return
    table = data.get(key)
    if table is None:
        text.add([], [(key, {})])
    first = 1 + max((int(number) for number in table or {} if str(number).isdigit()), default=-1)
    text.add([key], [(str(first + i), item) for i, item in enumerate(items.values())])


def _states(project: Project) -> dict[str, bool]:
    """The labels in use; True for those with a segment that has a length, or that are declared only."""
    states: dict[str, bool] = {}
    for video in project.videos:
        for segment in video.segments:
            states[segment.label] = states.get(segment.label, False) or segment.end_sec > segment.start_sec
    return states


def _by_observation(project: Project, taken: Iterable[str]) -> dict[str, Video]:
    """The videos by the names of their observations, which are those of the files without folder and suffix."""
    videos: dict[str, Video] = {}
    for video in project.videos:
        stem = Path(video_key(video.name)).stem or 'observation'
        name = stem
        number = 1
        while name in videos or name in taken:
            number += 1
            name = f'{stem} {number}'
        videos[name] = video
    return videos


def _subject(name: str) -> dict[str, str]:
    return {'key': '', 'name': name, 'description': ''}


def _behavior(label: str, is_state: bool, number: int) -> dict[str, Any]:
    return {
        'type': 'State event' if is_state else 'Point event',
        'key': '',
        'code': label,
        'description': '',
        'color': _COLORS[number % len(_COLORS)],
        'category': '',
        'modifiers': {},
        'excluded': '',
        'coding map': '',
    }


def _observation(video: Video, states: Mapping[str, bool]) -> dict[str, Any]:
    events: list[_Event] = []
    for segment in sorted(video.segments, key=lambda s: (s.start_sec, s.end_sec)):
        events += _events(segment, states, 0, video.fps)
    events.sort(key=lambda event: event[0])  # stable: a stop stays before the start that follows at the same time
    facts: dict[str, dict[str, Any]] = {'length': {}, 'fps': {}, 'frames': {}, 'hasVideo': {video.name: True}}
    facts |= {'hasAudio': {video.name: False}, 'offset': {'1': 0.0}}
    for key, value in (('length', video.duration_sec), ('fps', video.fps), ('frames', video.num_frames)):
        if value is not None:
            facts[key][video.name] = value
    return {
        'type': 'MEDIA',
        'date': _DATE,
        'description': '',
        'file': {str(player): [video.name] if player == 1 else [] for player in range(1, _PLAYERS + 1)},
        'media_info': facts,
        'time offset': 0,
        'observation time interval': [0, 0],
        'independent_variables': {},
        'visualize_spectrogram': False,
        'visualize_waveform': False,
        'close_behaviors_between_videos': False,
        'events': events,
    }


def _events(segment: Segment, states: Mapping[str, bool], shift: float, fps: float | None) -> list[_Event]:
    """One row for a point event, two for a state; states are paired by code, subject and modifier."""
    comment = render_comment(segment)
    times = [segment.start_sec]
    if states[segment.label]:
        times.append(segment.end_sec)
    events = []
    for time_sec in times:
        frame = round(time_sec * fps) if fps else 'NA'
        at = round(time_sec + shift, 6) if shift else time_sec
        # The model is the modifier, so that the states of a person are paired as before.
        events.append([at, segment.subject, segment.label, segment.model, comment, frame])
        comment = ''
    return events
