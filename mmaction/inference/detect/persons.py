"""The person-detector protocol and its per-frame result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from mmaction.video import FrameReader


@dataclass(frozen=True, eq=False)
class PersonBoxes:
    """The persons in one frame.

    Make one with :meth:`of`, which checks and completes its arguments.

    Attributes:
        boxes: float32 (N, 4), xyxy in pixels of the frame.
        scores: float32 (N,), confidence of the detector.
        ids: int64 (N,), numbers of the persons, the same in all frames of a video; None where they are not known.
    """

    boxes: np.ndarray
    scores: np.ndarray
    ids: np.ndarray | None = None

    @classmethod
    def of(cls, boxes: Any, scores: Any = None, ids: Any = None) -> PersonBoxes:
        """Persons from arrays or lists.

        Args:
            boxes: (N, 4), xyxy in pixels, or (N, 5) with the score.
            scores: (N,). Default: the fifth column of the boxes, or 1.
            ids: (N,). Default: not known.

        Raises:
            ValueError: a shape is inconsistent with the others, or a box is not finite or has x2 < x1 or y2 < y1.
        """
        try:
            array = np.array(boxes, np.float32)
        except (TypeError, ValueError) as error:
            raise ValueError(f'Boxes of persons must be (N, 4) numbers: {error}.') from None
        if array.size == 0:
            array = np.zeros((0, 4), np.float32)
        if array.ndim != 2 or array.shape[1] not in (4, 5):
            raise ValueError(f'Boxes of persons must be (N, 4), or (N, 5) with scores, got {array.shape}.')
        if scores is None:
            scores = array[:, 4] if array.shape[1] == 5 else np.ones(len(array))
        corners = array[:, :4]
        wrong = ~np.isfinite(corners).all(axis=1) | (corners[:, 2:] < corners[:, :2]).any(axis=1)
        if wrong.any():
            raise ValueError(
                f'The box {corners[wrong.argmax()].tolist()} of a person must have finite x1 <= x2 and y1 <= y2.'
            )
        persons = cls(
            corners,
            np.array(scores, np.float32).reshape(-1),
            None if ids is None else np.array(ids, np.int64).reshape(-1),
        )
        for name, value in dict(scores=persons.scores, ids=persons.ids).items():
            if value is not None and len(value) != len(array):
                raise ValueError(f'There are {len(array)} boxes of persons, but {len(value)} {name}.')
        return persons

    @classmethod
    def nobody(cls) -> PersonBoxes:
        """A frame without persons."""
        return cls.of(())

    def __len__(self) -> int:
        """Number of persons."""
        return len(self.boxes)

    def __getitem__(self, index: Any) -> PersonBoxes:
        """The persons of a mask or of an index array."""
        ids = None if self.ids is None else self.ids[index]
        return PersonBoxes(self.boxes[index], self.scores[index], ids)

    def scaled(self, x: float, y: float) -> PersonBoxes:
        """The persons in a frame that is resized by these factors."""
        return replace(self, boxes=self.boxes * np.array([x, y, x, y], np.float32))

    def within(self, height: int, width: int) -> PersonBoxes:
        """The persons with their boxes clipped to the frame; those outside of it are dropped."""
        limit = np.array([width, height, width, height], np.float32)
        clipped = replace(self, boxes=self.boxes.clip(0, limit))
        return clipped[(clipped.boxes[:, 2:] > clipped.boxes[:, :2]).all(axis=1)]


@runtime_checkable
class PersonDetector(Protocol):
    """A detector of the persons in a frame: any class or function that takes a frame and returns their boxes."""

    def __call__(self, frame: np.ndarray, index: int) -> PersonBoxes:
        """Boxes of the persons in a frame.

        Frames come in their order, but not all of them.

        Args:
            frame: uint8 (H, W, 3), RGB.
            index: its number in the video, from 0.
        """
        ...


@runtime_checkable
class LearnsFromVideo(Protocol):
    """A detector that looks at frames of the whole video before it is called, as one that learns the background."""

    def learn(self, reader: FrameReader) -> None:
        """Prepare for the frames of this video; what was learned from another one is dropped."""
        ...


def check_boxes(found: Any, detector: Any) -> PersonBoxes:
    """Check the result of a detector.

    Raises:
        TypeError: it is no :class:`PersonBoxes`.
    """
    if isinstance(found, PersonBoxes):
        return found
    name = getattr(detector, '__name__', type(detector).__name__)
    raise TypeError(
        f'The person detector {name} must return PersonBoxes, got {type(found).__name__}: '
        'PersonBoxes.of(boxes, scores) makes them of arrays.'
    )


def above(persons: PersonBoxes, score_thr: float) -> PersonBoxes:
    """The persons whose score is at least a threshold."""
    return persons[persons.scores >= score_thr]
