"""Text panels: rendered once, blended into every frame of a clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from mmaction.visualization.text import Typeface, wrap

RGB = tuple[int, int, int]
WHITE: RGB = (255, 255, 255)
GREEN: RGB = (120, 240, 130)
GREY: RGB = (200, 200, 200)
_BAR: tuple[int, int, int, int] = (30, 110, 190, 215)


@dataclass(frozen=True)
class Row:
    """One entry of a panel.

    Attributes:
        text: left-aligned text.
        color: RGB of text and value.
        value: right-aligned text, such as a score.
        bar: length of the background bar as a fraction of the row, 0..1; None draws no bar.
        max_lines: lines that the text may wrap to.
    """

    text: str
    color: RGB = WHITE
    value: str = ''
    bar: float | None = None
    max_lines: int = 1


@dataclass(frozen=True)
class PanelStyle:
    """Look of a panel: ``font_size`` in pixels, ``opacity`` of the box in 0..1."""

    font_size: int
    font_family: str | None = None
    box_color: RGB = (0, 0, 0)
    opacity: float = 0.6


@dataclass(frozen=True)
class Overlay:
    """Image with an alpha channel, and the position of its upper left corner in pixels."""

    rgba: np.ndarray  # uint8 (h, w, 4)
    left: int = 0
    top: int = 0

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Covered area, xyxy in pixels, right and bottom exclusive."""
        return self.left, self.top, self.left + self.rgba.shape[1], self.top + self.rgba.shape[0]


def font_size_for(height: int, width: int) -> int:
    """Readable font size in pixels for frames of this size: 12 at 240, 29 at 720."""
    return int(np.clip(round(min(height, width) * 0.04), 12, 48))


def render_panel(rows: Sequence[Row], max_width: int, style: PanelStyle) -> np.ndarray:
    """Draw rows on a translucent box, as wide as the rows need and at most ``max_width`` pixels.

    Long texts wrap to their ``max_lines``; the last line is shortened with an ellipsis.

    Returns:
        uint8 (h, w, 4), RGBA.
    """
    face = Typeface([text for row in rows for text in (row.text, row.value)], style.font_size, style.font_family)
    pad = max(style.font_size // 2, 2)
    gap = style.font_size  # between text and value
    leading = face.line_height + max(style.font_size // 6, 1)
    values = [face.show(row.value) for row in rows]
    column = max((face.width(value) for value in values), default=0)
    room = max_width - 2 * pad

    lines: list[tuple[str, Row, str]] = []  # text, its row, value: only the first line of a row carries the value
    needed = 0
    if column:
        needed = min(6 * style.font_size, room)  # bars shorter than that cannot be compared
    for row, value in zip(rows, values):
        reserved = 0
        if value:
            reserved = column + gap
        first, *others = wrap(face.show(row.text), room - reserved, face.width, row.max_lines)
        lines.append((first, row, value))
        lines += [(line, row, '') for line in others]
        needed = max(needed, face.width(first) + reserved, *map(face.width, others))
    needed = min(needed, room)

    width = max(needed + 2 * pad, 1)
    height = leading * len(lines) + 2 * pad
    image = Image.new('RGBA', (width, height), (*style.box_color, round(255 * style.opacity)))
    draw = ImageDraw.Draw(image)
    for i, (line, row, value) in enumerate(lines):
        y = pad + i * leading
        if row.bar is not None and value:
            length = round(float(np.clip(row.bar, 0, 1)) * needed)
            if length > 0:
                draw.rectangle((pad, y, pad + length - 1, y + face.line_height - 1), fill=_BAR)
        draw.text((pad, y), line, font=face.font, fill=(*row.color, 255))
        if value:
            draw.text((pad + needed - face.width(value), y), value, font=face.font, fill=(*row.color, 255))
    return np.asarray(image)


def blend(frames: np.ndarray, overlay: Overlay) -> np.ndarray:
    """Blend an overlay into every frame; pixels outside its box stay as they are.

    Args:
        frames: uint8 (T, H, W, 3); not modified.
        overlay: the image; parts outside the frames are clipped.

    Returns:
        uint8 (T, H, W, 3).
    """
    height, width = frames.shape[1:3]
    left, top, right, bottom = overlay.box
    x0, x1 = np.clip((left, right), 0, width)
    y0, y1 = np.clip((top, bottom), 0, height)
    out = frames.copy()
    if x0 >= x1 or y0 >= y1:
        return out
    rgba = overlay.rgba[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.uint16)
    alpha = rgba[..., 3:]
    # Fixed-point instead of float: four times as fast. + 127 makes the division round to nearest; the sum with the
    # frame's part is at most 65152, which fits uint16.
    front = rgba[..., :3] * alpha + 127
    for frame in out[:, y0:y1, x0:x1]:
        frame[...] = (frame * (255 - alpha) + front) // 255
    return out
