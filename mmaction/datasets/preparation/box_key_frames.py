"""Key frames of annotated videos, and the persons in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmaction.annotations.media import MediaFacts
from mmaction.datasets.preparation.box_actions import NO_ACTION, BoxAction
from mmaction.structures.box_overlap import box_iou

__all__ = ['KeyFrame', 'PersonBox', 'key_frames']

# Boxes of one person at one time, from several actions, overlap by this IoU at least.
_SAME_PERSON = 0.5


@dataclass(frozen=True, eq=False)
class PersonBox:
    """A person in a frame.

    Args:
        box: float (4,), xyxy in 0..1.
        labels: class names, sorted; none for a person who does nothing of interest.
        entity_id: number of the person in the video; -1 where it is not known.
    """

    box: np.ndarray
    labels: list[str]
    entity_id: int


@dataclass(frozen=True)
class KeyFrame:
    """An annotated frame.

    Args:
        frame: its number, from 0.
        persons: those whose actions are annotated; at least one has a label.
        excluded: there is a person whose action is not annotated.
    """

    frame: int
    persons: list[PersonBox]
    excluded: bool


def key_frames(actions: Sequence[BoxAction], facts: MediaFacts, step_sec: float) -> list[KeyFrame]:
    """Choose key frames of a video, ``step_sec`` apart, and collect the persons in them.

    An action between two of them gets a frame of its own, in its middle, unless one with the same label and person is
    less than ``step_sec`` away.

    Args:
        actions: of one video, with relative boxes.
        facts: of the video.
        step_sec: time from one key frame to the next.

    Raises:
        ValueError: the boxes of a person are apart at one time.
    """
    ids: dict[str, int] = {}
    for action in actions:
        if action.person:
            ids.setdefault(action.person, len(ids))
    spans = [_inside(action.frames(facts.fps), facts.num_frames) for action in actions]
    found = []
    for frame in _choose(actions, spans, facts, step_sec):
        here = [action for action, span in zip(actions, spans) if frame in span]
        annotated = [action for action in here if action.label]
        if any(action.label != NO_ACTION for action in annotated):
            persons = _persons(annotated, frame / facts.fps, ids)
            found.append(KeyFrame(frame, persons, excluded=len(annotated) < len(here)))
    return found


def _inside(span: range, num_frames: int) -> range:
    first = min(span.start, num_frames - 1)
    return range(first, max(min(span.stop, num_frames), first + 1))


def _choose(actions: Sequence[BoxAction], spans: Sequence[range], facts: MediaFacts, step_sec: float) -> list[int]:
    step = step_sec * facts.fps
    grid = np.unique((np.arange(0, facts.num_frames, max(step, 1))).round().astype(int)).tolist()
    chosen = set()
    last_seen: dict[tuple[str, str], int] = {}
    for action, span in sorted(zip(actions, spans), key=lambda pair: pair[1].start):
        own = [frame for frame in grid if frame in span]
        kind = (action.person, action.label)
        if not own and action.label not in ('', NO_ACTION):
            middle = span[len(span) // 2]
            # Half a frame for rounding: a moment exactly one step after the last is far enough.
            near = any(abs(frame - middle) < step - 0.5 for frame in _seen(last_seen, kind))
            own = [] if near else [middle]
        if own:
            last_seen[kind] = own[-1]
            chosen.update(own)
    return sorted(chosen)


def _seen(last_seen: dict[tuple[str, str], int], kind: tuple[str, str]) -> list[int]:
    return [last_seen[kind]] if kind in last_seen else []


def _persons(actions: Sequence[BoxAction], second: float, ids: dict[str, int]) -> list[PersonBox]:
    together: dict[object, list[BoxAction]] = {}
    for action in actions:
        # The same box is the same person, if nothing else is known.
        key = action.person or tuple(action.box_at(second))
        together.setdefault(key, []).append(action)
    persons = []
    for own in together.values():
        boxes = np.stack([action.box_at(second) for action in own])
        overlaps = box_iou(boxes[0], boxes)
        if overlaps.min() < _SAME_PERSON:
            other = own[int(overlaps.argmin())]
            raise ValueError(
                f'{other.where}: at {second:g} s of {other.video}, the box of person {other.person!r} is apart from '
                f'that in {own[0].where} (IoU {overlaps.min():.2f}, at least {_SAME_PERSON} is needed). Give the '
                'persons different names, or correct one of the boxes.'
            )
        labels = sorted({action.label for action in own} - {NO_ACTION})
        persons.append(PersonBox(boxes.mean(axis=0), labels, ids.get(own[0].person, -1)))
    return persons
