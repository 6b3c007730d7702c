"""A detector of moving objects for fixed cameras, on OpenCV's background subtraction."""

from __future__ import annotations

import cv2
import numpy as np

from mmaction.inference.detect.persons import PersonBoxes
from mmaction.utils.check import at_least, within
from mmaction.video import FrameReader

_SHORT_SIDE = 240  # pixels; motion is found as well in small frames, and a hundred times faster than in large ones
_SHADOW = 127  # value of shadows in OpenCV's masks
_LEARNED = 60  # frames of a video that show its background


class MovingObjectDetector:
    """Boxes around what differs from the background, which is learned; the camera must not move.

    It needs no network and no training, and does not know a person from a dog or a car: what is large enough counts.
    Persons who stand still in most of the video become part of its background, and those who touch share a box.

    Args:
        min_area: smallest area of a moving object, as a fraction of the frame.
        var_threshold: squared distance to the background from which on a pixel counts as moving, in variances of its
            noise; larger values find less.
    """

    def __init__(self, min_area: float = 0.004, var_threshold: float = 25.0) -> None:
        self.min_area = within(0, 1, min_area, 'min_area')
        self.var_threshold = at_least(1, var_threshold, 'var_threshold')
        self._background = self._unlearned()

    def _unlearned(self) -> cv2.BackgroundSubtractorMOG2:
        model = cv2.createBackgroundSubtractorMOG2(history=_LEARNED, varThreshold=self.var_threshold)
        # What is seen in half of the frames is background; OpenCV's 0.9 takes in all who stay for a tenth of the video.
        model.setBackgroundRatio(0.5)
        return model

    def learn(self, reader: FrameReader) -> None:
        """Learn the background from frames that are spread over the whole video."""
        self._background = self._unlearned()
        count = min(_LEARNED, len(reader))
        indices = np.unique(np.linspace(0, len(reader) - 1, count).round().astype(np.int64))
        # In an order that mixes the times: the last frames of a model count most.
        order = np.random.default_rng(0).permutation(len(indices))
        shown = [self._prepared(reader.get_frames(indices[place : place + 1])[0]) for place in range(len(indices))]
        for place in order.tolist():
            self._background.apply(shown[place])

    def __call__(self, frame: np.ndarray, index: int) -> PersonBoxes:
        """Boxes of the moving objects in a frame, uint8 (H, W, 3) in RGB; the score is how full a box is."""
        small = self._prepared(frame)
        # Slowly: a person who stands still for some seconds should stay in front.
        mask = self._background.apply(small, learningRate=0.002)
        moving = (mask > _SHADOW).astype(np.uint8)
        boxes, fills = _boxes_of(moving, self.min_area)
        height, width = frame.shape[:2]
        scale = np.array([width / small.shape[1], height / small.shape[0]] * 2, np.float32)
        return PersonBoxes.of(boxes * scale, fills)

    @staticmethod
    def _prepared(frame: np.ndarray) -> np.ndarray:
        factor = min(_SHORT_SIDE / min(frame.shape[:2]), 1.0)
        small = cv2.resize(frame, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else frame
        return cv2.GaussianBlur(small, (5, 5), 0)


def _boxes_of(moving: np.ndarray, min_area: float) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (N, 4) around the connected parts of a mask, and the fraction of each that is set, (N,).

    Args:
        moving: uint8 (H, W), zeros and ones.
        min_area: smallest number of set pixels, as a fraction of the mask.
    """
    height, width = moving.shape
    # Higher than wide: head, trunk and legs of a standing person often come apart, two persons should not be joined.
    opened = cv2.morphologyEx(moving, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    reach = (max(width // 60, 1) | 1, max(height // 16, 1) | 1)
    joined = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, reach))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    left, top, wide, high, area = stats[1:].T  # 0 is the background
    boxes = np.stack([left, top, left + wide, top + high], axis=1).astype(np.float32)
    fills = area / np.maximum(wide * high, 1)
    large = area >= min_area * height * width
    return boxes[large], fills[large].astype(np.float32)
