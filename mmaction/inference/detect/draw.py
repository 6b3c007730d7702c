"""Detected actions drawn on the frames of their video."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from mmaction.inference.detect.actions import KeyFrame, VideoActions
from mmaction.inference.detect.results import best_actions
from mmaction.video import FrameReader
from mmaction.visualization.boxes import PALETTE, BoxDrawer, LabelledBox
from mmaction.visualization.frames import resize_frames, target_size
from mmaction.visualization.overlay import Row

_TOPK = 5
DrawnPerson = tuple[int, np.ndarray, np.ndarray]  # number, box (4,) and scores (C,)


def persons_at(key_frames: Sequence[KeyFrame], frame: int) -> list[DrawnPerson]:
    """The persons in any frame: number, box (4,) and scores (C,) of each.

    Scores, and the persons, are those of the nearest key frame; the box of a person who is in the key frame before and
    in that after moves evenly from one to the other.

    Args:
        key_frames: in their order.
        frame: number of the frame.
    """
    if not key_frames:
        return []
    after = bisect_right(key_frames, frame, key=lambda key_frame: key_frame.frame)
    before = key_frames[max(after - 1, 0)]
    following = key_frames[min(after, len(key_frames) - 1)]
    gap = following.frame - before.frame
    fraction = (frame - before.frame) / gap if gap else 0.0
    nearest, other = (before, following) if fraction <= 0.5 else (following, before)
    weight = min(fraction, 1 - fraction)  # of the other one
    others = {number: box for number, box, _ in _rows(other)}
    found = []
    for number, box, scores in _rows(nearest):
        if number in others:
            box = (1 - weight) * box + weight * others[number]
        found.append((number, box, scores))
    return found


def _rows(key_frame: KeyFrame) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    ids = key_frame.persons.ids
    numbers = range(1, len(key_frame.persons) + 1) if ids is None else ids.tolist()
    return zip(numbers, key_frame.persons.boxes, key_frame.scores)


class ActionDrawer:
    """Draws the persons of frames with their numbers, actions and scores.

    Args:
        classes: names of the classes, by column of the scores.
        score_thr: actions must have a greater score.
        topk: largest number of actions of a person.
    """

    def __init__(self, classes: Mapping[int, str], score_thr: float, topk: int = _TOPK) -> None:
        self._classes = classes
        self._score_thr = score_thr
        self._topk = topk
        self._drawer = BoxDrawer()

    def draw(
        self, frame: np.ndarray, persons: Sequence[DrawnPerson], occupied: Sequence[Sequence[float]] = ()
    ) -> np.ndarray:
        """Draw persons, as of :func:`persons_at`, on a frame (H, W, 3), RGB, which is not modified.

        Args:
            frame: uint8.
            persons: with boxes in pixels of the frame.
            occupied: parts of the frame that labels must not cover: xyxy in pixels.
        """
        entries = []
        for number, box, scores in persons:
            best = best_actions(scores, self._classes, self._score_thr, self._topk)
            rows = [Row(self._classes[column], value=f'{score:.2f}', bar=score) for column, score in best]
            color = PALETTE[(number - 1) % len(PALETTE)]
            entries.append(LabelledBox(box, [Row(f'#{number}', color), *rows], color, number))
        return self._drawer.draw(frame, entries, occupied)


def draw_actions(
    reader: FrameReader,
    result: VideoActions,
    score_thr: float = 0.5,
    *,
    topk: int = _TOPK,
    step: int = 1,
    short_side: int | None = None,
) -> Iterator[np.ndarray]:
    """Draw the detected actions of a video.

    Args:
        reader: of the video.
        result: of :func:`detect_actions`.
        score_thr: actions must have a greater score.
        topk: largest number of actions of a person.
        step: draw every ``step``-th frame.
        short_side: of the drawn frames, pixels. Default: that of the video; very small ones are enlarged.

    Yields:
        uint8 (H, W, 3), RGB.
    """
    height, width = result.img_shape
    factor = None if short_side is None else short_side / min(height, width)
    new_height, new_width = target_size(height, width, factor, None)
    scale = np.array([new_width / width, new_height / height] * 2)
    drawer = ActionDrawer(result.classes, score_thr, topk)
    numbers = range(0, len(reader), step)
    chunk = 16  # frames in memory
    for start in range(0, len(numbers), chunk):
        some = numbers[start : start + chunk]
        for number, frame in zip(some, reader.get_frames(some)):
            shown = resize_frames(frame[None], new_height, new_width)[0]
            persons = [(key, box * scale, scores) for key, box, scores in persons_at(result.key_frames, number)]
            yield drawer.draw(shown, persons)
