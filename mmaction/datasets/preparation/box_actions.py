"""Actions of persons in moving boxes, as annotation tools and spreadsheets have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from mmaction.annotations.media import MediaFacts

__all__ = ['NO_ACTION', 'BoxAction', 'join_moments', 'on_even_frames', 'to_relative']

NO_ACTION = 'none'
"""Label of a person who does nothing of interest, in contrast to '': not annotated."""

# Boxes may overshoot the frame by this part of its size; they are clipped.
_OVERSHOOT = 0.02


@dataclass(frozen=True, eq=False)
class BoxAction:
    """An action of one person, in ``[start, end)``.

    Args:
        where: file and row, for messages.
        video: name of the video in the annotation.
        person: name of the person; '' where it is not known.
        label: class name; :data:`NO_ACTION`; or '' for a person whose action is not annotated.
        times: float (K,), seconds, ascending; the first is the start, the last is the end.
        boxes: float (K, 4), xyxy at these times; in between they are interpolated.
        closed: the last moment belongs to the action, too.
    """

    where: str
    video: str
    person: str
    label: str
    times: np.ndarray
    boxes: np.ndarray
    closed: bool = False

    def frames(self, fps: float) -> range:
        """Numbers of the frames, from 0; at least one."""
        first = round(float(self.times[0]) * fps)
        end = round(float(self.times[-1]) * fps) + self.closed
        return range(first, max(end, first + 1))

    def box_at(self, second: float) -> np.ndarray:
        """Box (4,) at a time."""
        return np.array([np.interp(second, self.times, self.boxes[:, column]) for column in range(4)])


def join_moments(moments: Iterable[BoxAction], max_gap_sec: float) -> list[BoxAction]:
    """Join boxes of single moments to actions.

    A label holds until the next box of the person, if that is at most ``max_gap_sec`` later. Moments of unknown persons
    stay alone.

    Args:
        moments: actions with one time each.
        max_gap_sec: longest time to interpolate over.

    Returns:
        Actions, by video and person.

    Raises:
        ValueError: a person has two boxes at one time.
    """
    joined = []
    moments = sorted(moments, key=lambda moment: (moment.video, moment.person, moment.times[0]))
    for (_, person), group in groupby(moments, key=lambda moment: (moment.video, moment.person)):
        if not person:
            joined += list(group)
            continue
        stops = [list(stop) for _, stop in groupby(group, key=lambda moment: moment.times[0])]
        joined += _join_person(stops, max_gap_sec)
    return joined


def _join_person(stops: Sequence[Sequence[BoxAction]], max_gap_sec: float) -> list[BoxAction]:
    """Join the moments of a person; a stop is all that is annotated at one time."""
    for stop in stops:
        _check_one_box(stop)
    actions = []
    running: dict[str, list[BoxAction]] = {}
    for number, stop in enumerate(stops):
        following = stops[number + 1] if number + 1 < len(stops) else None
        if following and following[0].times[0] - stop[0].times[0] > max_gap_sec:
            following = None
        labels = {moment.label for moment in following or ()}
        for moment in stop:
            run = running.setdefault(moment.label, [])
            run.append(moment)
            if moment.label in labels:
                continue
            actions.append(_action_of(running.pop(moment.label), following))
    return actions


def _action_of(run: Sequence[BoxAction], following: Sequence[BoxAction] | None) -> BoxAction:
    """An action from its moments, which lasts until the moment that follows with another label, if there is one."""
    parts = [*run, *(following or ())[:1]]
    return replace(
        run[0],
        times=np.array([part.times[0] for part in parts]),
        boxes=np.stack([part.boxes[0] for part in parts]),
        closed=not following,
    )


def _check_one_box(stop: Sequence[BoxAction]) -> None:
    first = stop[0]
    for other in stop[1:]:
        if not np.array_equal(first.boxes, other.boxes):
            raise ValueError(
                f'{other.where}: at {other.times[0]:g} s, {other.person!r} has the box {other.boxes[0].tolist()}, '
                f'but {first.boxes[0].tolist()} in {first.where}. Give persons different names, or correct a box.'
            )


def to_relative(action: BoxAction, facts: MediaFacts, pixels: bool) -> BoxAction:
    """Check an action against its video; boxes become relative, in 0..1 of the frame.

    Args:
        action: as annotated.
        facts: of its video.
        pixels: the boxes are in pixels, else relative.

    Raises:
        ValueError: a box is outside of the frame, empty or smaller than a pixel, or the action is outside of the video.
    """
    _check_times(action, facts)
    size = np.array([*facts.size, *facts.size], np.float64)
    boxes = action.boxes / size if pixels else action.boxes
    for box, written in zip(boxes, action.boxes):
        if box.min() < -_OVERSHOOT or box.max() > 1 + _OVERSHOOT:
            limits = f'{facts.size[0]} x {facts.size[1]} pixels' if pixels else '0 to 1'
            remedy = 'relative, if boxes are in 0 to 1' if pixels else 'pixels, if boxes are in pixels'
            raise ValueError(
                f'{action.where}: the box {written.tolist()} is outside of the frame of {action.video}, {limits}. '
                f'Correct the row, or state the unit {remedy}.'
            )
        if (box[2:] <= box[:2]).any():
            raise ValueError(
                f'{action.where}: the box {written.tolist()} must have x1 < x2 and y1 < y2. It is two corners, '
                'x1, y1, x2, y2, and not a corner and a size.'
            )
        if pixels and (written[2:] - written[:2] < 1).any():
            raise ValueError(
                f'{action.where}: the box {written.tolist()} is smaller than a pixel. State the unit relative, if '
                'boxes are in 0 to 1, or correct the row.'
            )
    return replace(action, boxes=boxes.clip(0, 1))


def on_even_frames(action: BoxAction, facts: MediaFacts) -> BoxAction:
    """Move an action of a video whose frame rate varies to the times that its frames had at the average rate."""
    if facts.starts is None:
        return action
    frames = np.interp(action.times, facts.starts, np.arange(len(facts.starts)))
    return replace(action, times=frames / facts.fps)


def _check_times(action: BoxAction, facts: MediaFacts) -> None:
    start, end = float(action.times[0]), float(action.times[-1])
    duration = facts.num_frames / facts.fps
    # Frames are counted from the file; annotation tools round to their own frame rate.
    if start < 0 or start >= duration or end > duration + 1:
        raise ValueError(
            f'{action.where}: {start:g} to {end:g} s is outside of {action.video}, which has {duration:g} s. '
            'Times are in seconds from the start of the video; correct the row.'
        )
