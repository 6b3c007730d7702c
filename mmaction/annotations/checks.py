"""Checks of a project against itself and its videos: doubts that no single row shows."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

from mmaction.annotations.findings import Findings
from mmaction.annotations.record import Project, Segment, Video

__all__ = ['check_project']

_SIMILAR = 0.8  # of two labels, one of which may be a typing error of the other
_RARE = 0.1  # how often the wrong one occurs, as a proportion of the right one


def check_project(project: Project, findings: Findings) -> None:
    """Report segments beyond the end of their video, segments of a label that overlap, and labels that look misspelt.

    All are kept as they are.

    Args:
        project: with the durations of the videos, where they are known.
        findings: added to.
    """
    for video in project.videos:
        _check_ends(video, findings)
        _check_overlaps(video, findings)
    _check_labels(project, findings)


def _place(video: Video, segment: Segment) -> str:
    times = f'{segment.start_sec:g} to {segment.end_sec:g} s'
    return ', '.join(part for part in (video.name, segment.where, times) if part)


def _check_ends(video: Video, findings: Findings) -> None:
    if not video.duration_sec:
        return
    # Tools round to milliseconds, and the last frame is shown for one interval.
    tolerance = 1 / video.fps if video.fps else 0.05
    for segment in video.segments:
        if segment.start_sec < 0:
            findings.warn(_place(video, segment), 'it starts before the video', 'Correct it; is there an offset?')
        elif segment.end_sec > video.duration_sec + tolerance:
            findings.warn(
                _place(video, segment),
                f'it ends after the video, which has {video.duration_sec:.2f} s',
                'Correct it; is it the right video, and are the times in seconds?',
            )


def _check_overlaps(video: Video, findings: Findings) -> None:
    last: dict[tuple[str, str, str], Segment] = {}
    for segment in sorted(video.segments, key=lambda s: (s.start_sec, s.end_sec)):
        key = (segment.label, segment.subject, segment.model)
        before = last.get(key)
        if before and segment.start_sec < before.end_sec:
            findings.warn(
                _place(video, segment),
                f'{segment.label!r} begins before the one from {before.start_sec:g} to {before.end_sec:g} s ends',
                'Merge them, or correct their times.',
            )
        if before is None or segment.end_sec > before.end_sec:
            last[key] = segment


def _check_labels(project: Project, findings: Findings) -> None:
    counts: Counter[str] = Counter()
    places: dict[str, str] = {}
    for video in project.videos:
        counts.update(video.labels)
        counts.update(segment.label for segment in video.segments)
        for segment in video.segments:
            places.setdefault(segment.label, _place(video, segment))
        for label in video.labels:
            places.setdefault(label, video.name)
    ordered = [label for label, _ in counts.most_common()]
    for rank, label in enumerate(ordered):
        if label in project.labels:  # declared: it was chosen from a list
            continue
        for other in ordered[:rank]:
            if _looks_misspelt(label, other) and counts[label] <= max(1, counts[other] * _RARE):
                findings.warn(
                    places[label],
                    f'{label!r} ({counts[label]} times) looks like {other!r} ({counts[other]} times)',
                    'If they are one class, correct the label.',
                )
                break


def _looks_misspelt(label: str, other: str) -> bool:
    """True if two labels differ in case or blanks only, or in few of their characters, none of which is a digit."""
    first, second = (re.sub(r'[\s_-]', '', text.casefold()) for text in (label, other))
    if first == second:
        return True
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    if min(len(first), len(second)) < 4 or matcher.ratio() < _SIMILAR:
        return False
    changed = ''
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag != 'equal':
            changed += first[start:end] + second[other_start:other_end]
    # walk 1 and walk 2 are two classes.
    return not any(character.isdigit() for character in changed)
