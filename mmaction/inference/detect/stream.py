"""Actions in a stream of frames, such as those of a camera."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from mmaction.inference.detect.actions import ActionDetector, KeyFrame, Steps, default_tracker, find_persons
from mmaction.inference.detect.draw import DrawnPerson, persons_at
from mmaction.inference.detect.persons import PersonDetector
from mmaction.inference.detect.tracker import IoUTracker


def follow_stream(
    actions: ActionDetector,
    frames: Iterable[np.ndarray],
    detector: PersonDetector,
    *,
    steps: Steps = Steps(),
    tracker: IoUTracker | None = None,
    person_score_thr: float = 0.0,
) -> Iterator[tuple[np.ndarray, list[DrawnPerson]]]:
    """Detect the actions in frames as they come.

    A key frame is scored as soon as the last frame of its clip is there, so that what comes out lags behind what goes
    in by half a clip. Only the frames of a clip are in memory.

    Args:
        actions: scores the persons.
        frames: uint8 (H, W, 3), RGB.
        detector: finds the persons.
        steps: frames between key frames, and between detections of persons.
        tracker: numbers the persons. Default: see :func:`default_tracker`.
        person_score_thr: smallest score of a person.

    Yields:
        Each frame and the persons in it, as of :func:`persons_at`, in order.
    """
    tracker = tracker or default_tracker(steps)
    before, after = actions.clips.span()
    buffer: dict[int, np.ndarray] = {}
    found: list[KeyFrame] = []  # the last two
    shown = 0  # frames that were handed out
    key = 0

    def advance(total: int | None) -> Iterator[tuple[np.ndarray, list[DrawnPerson]]]:
        """Score the key frame ``key``, and hand out the frames up to it."""
        nonlocal found, shown
        drawn = actions.clips.draw(key, total)
        seen = {number: buffer[number] for number in steps.detections(key)}
        persons = find_persons(seen, detector, tracker, person_score_thr)
        packed = None
        if len(persons):
            clip = np.stack([buffer[number] for number in np.asarray(drawn['frame_inds']).tolist()])
            packed = actions.clips.pack(drawn, clip, persons)
        found = [*found[-1:], *actions.score([(key, persons, packed)])]
        while shown <= key:
            yield buffer[shown], persons_at(found, shown)
            shown += 1

    for number, frame in enumerate(frames):
        buffer[number] = frame
        if number == key + after:
            yield from advance(None)
            key += steps.predict
            oldest = min(key - before, key - steps.predict + 1, shown)
            for old in [each for each in buffer if each < oldest]:
                del buffer[old]
    total = max(buffer, default=-1) + 1
    while key < total:
        yield from advance(total)
        key += steps.predict
    for number in range(shown, total):
        yield buffer[number], persons_at(found, number)
