"""A panel of text rows, drawn once and blended into every frame of a clip."""

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
    """One entry of a panel."""

    text: str
    color: RGB = WHITE
    value: str = ''  # right-aligned beside the text
    bar: float | None = None  # length of the bar behind the row, 0..1
    max_lines: int = 1


@dataclass(frozen=True)
class PanelStyle:
    """How a panel looks. ``font_size`` in px; ``opacity`` of the box, 0..1."""

    font_size: int
    font_family: str | None = None
    box_color: RGB = (0, 0, 0)
    opacity: float = 0.6


@dataclass(frozen=True)
class Overlay:
    """A picture with transparency and where its upper left corner goes, px."""

    rgba: np.ndarray  # uint8 (h, w, 4)
    left: int = 0
    top: int = 0

    @property
    def box(self) -> tuple[int, int, int, int]:
        """xyxy in pixels, right and bottom excluded."""
        return self.left, self.top, self.left + self.rgba.shape[1], self.top + self.rgba.shape[0]


def font_size_for(height: int, width: int) -> int:
    """Font size, px, that reads well on frames of this size: 12 at 240, 29 at 720."""
    return int(np.clip(round(min(height, width) * 0.04), 12, 48))


def render_panel(rows: Sequence[Row], max_width: int, style: PanelStyle) -> np.ndarray:
    """Draw rows on a translucent box that is as wide as they need, at most ``max_width`` px.

    Long texts wrap to their ``max_lines`` and are then shortened.

    Returns:
        uint8 (h, w, 4), RGBA.
    """
    face = Typeface([text for row in rows for text in (row.text, row.value)], style.font_size, style.font_family)
    pad, gap = max(style.font_size // 2, 2), style.font_size
    leading = face.line_height + max(style.font_size // 6, 1)
    values = [face.show(row.value) for row in rows]
    column = max((face.width(value) for value in values), default=0)
    room = max_width - 2 * pad

    lines: list[tuple[str, Row, str]] = []
    for row, value in zip(rows, values):
        space = room - (column + gap if value else 0)
        wrapped = wrap(face.show(row.text), space, face.width, row.max_lines)
        lines += [(line, row, value if i == 0 else '') for i, line in enumerate(wrapped)]
    needed = max((face.width(line) + (gap + column if value else 0) for line, _, value in lines), default=0)
    needed = min(max(needed, min(6 * style.font_size, room) if column else 0), room)

    width, height = needed + 2 * pad, leading * len(lines) + 2 * pad
    image = Image.new('RGBA', (max(width, 1), height), (*style.box_color, round(255 * style.opacity)))
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
    """Lay an overlay over every frame; outside its box nothing changes.

    Args:
        frames: uint8 (T, H, W, 3). Not changed.
        overlay: parts of it outside the frames are cut off.

    Returns:
        uint8 (T, H, W, 3).
    """
    height, width = frames.shape[1:3]
    left, top, right, bottom = overlay.box
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    out = frames.copy()
    if x0 >= x1 or y0 >= y1:
        return out
    rgba = overlay.rgba[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.uint16)
    alpha = rgba[..., 3:]
    front = rgba[..., :3] * alpha + 127  # + 127: the division rounds to nearest; at most 65152 with the frame's part
    for frame in out[:, y0:y1, x0:x1]:
        frame[...] = (frame * (255 - alpha) + front) // 255
    return out
