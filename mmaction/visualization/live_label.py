"""The labels of the moment on frames that come one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmaction.visualization.action_visualizer import place_panel
from mmaction.visualization.overlay import GREY, RGB, WHITE, Overlay, Row, blend


class LabelPanel:
    """Writes labels and scores on frames.

    Args:
        color: of the labels, RGB.
        message: shown while there is no label.
        message_color: of the message, RGB.
    """

    def __init__(self, color: RGB = WHITE, message: str = '', message_color: RGB = GREY) -> None:
        self.color = color
        self.message = Row(message, message_color)
        self._drawn: tuple[object, Overlay | None] = (None, None)

    def draw(self, frame: np.ndarray, labels: Sequence[tuple[str, float]] | None) -> np.ndarray:
        """Draw on a copy of a frame.

        Args:
            frame: uint8 (H, W, 3), RGB.
            labels: names and scores in 0..1; None shows the message.
        """
        key = (frame.shape, labels if labels is None else tuple(labels))
        if key != self._drawn[0]:  # rendered once per result: most frames share one
            rows = [self.message] if labels is None else [self._row(*label) for label in labels]
            self._drawn = (key, place_panel([rows], frame.shape[:2], {}))
        overlay = self._drawn[1]
        return frame if overlay is None else blend(frame[None], overlay)[0]

    def _row(self, name: str, score: float) -> Row:
        return Row(name, self.color, f'{100 * score:.1f} %', score if 0 <= score <= 1 else None)
