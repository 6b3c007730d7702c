"""Reading of BORIS projects: media and offsets of observations, and the pairing of state events.

A state event is two rows of a code, its start and its stop, per subject and modifier.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mmaction.annotations.base import Reading, parse_json
from mmaction.annotations.collect import Collector
from mmaction.annotations.findings import Findings, malformed
from mmaction.annotations.provenance import parse_comment
from mmaction.annotations.record import Project, Segment

# Fields of an event.
_TIME, _SUBJECT, _CODE, _MODIFIER, _COMMENT = range(5)


def parse_project(text: str, reading: Reading) -> Project:
    """Read the text of a project.

    Raises:
        AnnotationError: it is no project of BORIS.
    """
    data = parse_json(text, reading, 'the project')
    file = reading.findings.file
    if not isinstance(data, dict) or not isinstance(data.get('observations'), dict):
        raise malformed(file, '', 'it has no "observations"', 'Give the project file of BORIS.')
    kinds = behavior_kinds(data)
    collector = Collector()
    dropped: dict[str, list[str]] = {}
    for name, observation in data['observations'].items():
        where = f'observation {name!r}'
        media = Media.of(observation, where, reading.findings)
        if media is None:
            continue
        media.note(collector)
        for segment in _segments(observation, kinds, where, reading.findings, dropped):
            media.place(segment, collector, reading.findings)
    for what, places in dropped.items():
        reading.findings.drop(f'{len(places)} events have {what}, which the record has no place for', places)
    return collector.project(tuple(kinds))


def behavior_kinds(data: Mapping[str, Any]) -> dict[str, bool]:
    """The behaviors of the ethogram; True for a state event."""
    kinds = {}
    for behavior in (data.get('behaviors_conf') or {}).values():
        kinds[behavior.get('code', '')] = str(behavior.get('type', '')).lower().startswith('state')
    return kinds


@dataclass
class Media:
    """The videos of an observation: those of the first player, played one after the other.

    Attributes:
        names: of the videos.
        lengths: seconds; 0 where unknown.
        rates: frames per second; None where unknown.
        counts: number of frames; None where unknown.
        offset: seconds that the times of the events are ahead of the video.
    """

    names: list[str]
    lengths: list[float]
    rates: list[float | None]
    counts: list[int | None]
    offset: float
    starts: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.starts = [sum(self.lengths[:i]) for i in range(len(self.names))]

    @classmethod
    def of(cls, observation: Mapping[str, Any], where: str, findings: Findings) -> Media | None:
        """The videos of an observation; None, with a finding, where it has none, or unknown lengths."""
        players = {key: paths for key, paths in (observation.get('file') or {}).items() if paths}
        if not players or not isinstance(observation['file'], dict):
            kind = observation.get('type', '?')
            findings.warn(where, f'it has no video (type {kind!r}) and is left out', 'Import observations of media.')
            return None
        first = min(players, key=lambda key: int(key) if str(key).isdigit() else 0)
        if len(players) > 1:
            others = ', '.join(str(path) for key, paths in players.items() if key != first for path in paths)
            findings.warn(
                where,
                f'it has {len(players)} players; its events are read for the videos of player {first}',
                f'Label the other views by hand if they are needed ({others}).',
            )
        info = observation.get('media_info') or {}
        names = [str(path) for path in players[first]]
        lengths = [_fact(info, 'length', name) or 0.0 for name in names]
        if len(names) > 1 and not all(lengths[:-1]):
            findings.error(
                where,
                'its videos are played one after the other, and the length of one is unknown',
                'Open and save the observation in BORIS, or make one observation per video.',
            )
            return None
        rates = [_fact(info, 'fps', name) or None for name in names]
        counts = [int(_fact(info, 'frames', name) or 0) or None for name in names]
        return cls(names, lengths, rates, counts, float(observation.get('time offset') or 0))

    def note(self, collector: Collector) -> None:
        """Note the videos and what is known of them."""
        for name, length, fps, count in zip(self.names, self.lengths, self.rates, self.counts):
            collector.fact(name, duration_sec=length or None, fps=fps, num_frames=count)

    def place(self, segment: Segment, collector: Collector, findings: Findings) -> None:
        """Add a segment to the video that is played at its start, with times from the start of that video."""
        start = segment.start_sec - self.offset
        end = segment.end_sec - self.offset
        index = max(bisect.bisect_right(self.starts, start) - 1, 0)
        if index + 1 < len(self.names) and end > self.starts[index + 1]:
            findings.warn(
                segment.where,
                f'the event goes on in the next video, {self.names[index + 1]}; it is read up to the end of '
                f'{self.names[index]}',
                'Split it in two.',
            )
            end = self.starts[index + 1]
        shift = self.starts[index]
        if shift or self.offset:
            # To microseconds: a difference of decimal fractions is none.
            start = round(start - shift, 6)
            end = round(end - shift, 6)
        collector.segment(self.names[index], replace(segment, start_sec=start, end_sec=end))


def _fact(info: Mapping[str, Any], key: str, name: str) -> float | None:
    value = (info.get(key) or {}).get(name)
    try:
        return None if value in (None, 'NA', '') else float(str(value).replace(',', '.'))
    except ValueError:
        return None


def _segments(
    observation: Mapping[str, Any],
    kinds: Mapping[str, bool],
    where: str,
    findings: Findings,
    dropped: dict[str, list[str]],
) -> Iterator[Segment]:
    """Yield the events of an observation; a state is from one row of its code to the next one of the same kind."""
    open_states: dict[tuple[str, str, str], tuple[float, str, str]] = {}
    rows = []
    for number, event in enumerate(observation.get('events') or [], 1):
        place = f'{where}, event {number}'
        try:
            time_sec = float(event[_TIME])
            subject, code = str(event[_SUBJECT]), str(event[_CODE])
        except (TypeError, ValueError, IndexError):
            findings.error(place, f'{event!r} has no time, subject and code', 'Correct the event in BORIS.')
            continue
        modifier, comment = (str(event[i]) if len(event) > i else '' for i in (_MODIFIER, _COMMENT))
        rows.append((time_sec, number, subject, code, modifier, comment))
    for time_sec, number, subject, code, modifier, comment in sorted(rows, key=lambda row: row[:2]):
        place = f'{where}, event {number}'
        model, score = parse_comment(comment)
        is_stop = (subject, code, modifier) in open_states
        if modifier and modifier != model and not is_stop:
            dropped.setdefault('modifiers', []).append(place)
        if comment and not model and score is None:
            dropped.setdefault('comments', []).append(place)
        if code not in kinds:
            findings.error(place, f'{code!r} is not in the ethogram', 'Add it there, or correct the event.')
            continue
        if not kinds[code]:
            yield Segment(time_sec, time_sec, code, subject, score, model, place)
            continue
        key = (subject, code, modifier)
        if key not in open_states:
            open_states[key] = (time_sec, place, comment)
            continue
        start, first, said = open_states.pop(key)
        model, score = parse_comment(said)
        yield Segment(start, time_sec, code, subject, score, model, first)
    for (subject, code, _), (start, place, _) in open_states.items():
        of_subject = f' of {subject!r}' if subject else ''
        findings.error(
            place, f'{code!r}{of_subject} starts at {start:g} s and never stops', 'Add the stop in BORIS, then export.'
        )
