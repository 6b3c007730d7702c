"""Contact sheet of clips: a grid of tiles, each with a caption above it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mmaction.visualization.frames import resize_frames
from mmaction.visualization.overlay import RGB, WHITE, PanelStyle, Row, render_panel

_BACKGROUND = 24  # gray level between the tiles


def caption_strip(text: str, width: int, font_size: int = 14, color: RGB = WHITE, max_lines: int = 1) -> np.ndarray:
    """Render text on a dark strip, uint8 (h, width, 3)."""
    style = PanelStyle(font_size, box_color=(_BACKGROUND,) * 3, opacity=1.0)
    text_box = render_panel([Row(text, color, max_lines=max_lines)], width, style)[:, :width, :3]
    strip = np.full((text_box.shape[0], width, 3), _BACKGROUND, np.uint8)
    strip[:, : text_box.shape[1]] = text_box
    return strip


def hold(frames: np.ndarray, count: int) -> np.ndarray:
    """Extend a clip (T, H, W, 3) to ``count`` frames by repeating its last frame."""
    return frames[np.minimum(np.arange(count), len(frames) - 1)]


def tile_clips(
    clips: Sequence[np.ndarray], captions: Sequence[str], height: int = 240, columns: int | None = None, gap: int = 4
) -> np.ndarray:
    """Arrange clips in a grid, each below its caption; shorter clips repeat their last frame.

    Args:
        clips: uint8 (T, H, W, 3), of any sizes and lengths.
        captions: one per clip.
        height: height of a tile in pixels; clips are resized to it, keeping the aspect ratio.
        columns: clips per row. Default: about as many as rows, at most 4.
        gap: space between clips in pixels.

    Returns:
        uint8 (T, H, W, 3).
    """
    if len(clips) != len(captions) or not clips:
        raise ValueError(f'There are {len(clips)} clips and {len(captions)} captions; give one caption per clip.')
    columns = columns or min(math.ceil(math.sqrt(len(clips))), 4)
    count = max(len(clip) for clip in clips)
    tiles = []
    for clip, caption in zip(clips, captions):
        width = max(round(clip.shape[2] * height / clip.shape[1]), 1)
        frames = hold(resize_frames(clip, height, width), count)
        strip = caption_strip(caption, width)
        tiles.append(np.concatenate([np.broadcast_to(strip, (count, *strip.shape)), frames], axis=1))
    rows = [tiles[i : i + columns] for i in range(0, len(tiles), columns)]
    full_width = max(sum(t.shape[2] for t in row) + gap * (len(row) + 1) for row in rows)
    full_height = sum(row[0].shape[1] + gap for row in rows) + gap
    canvas = np.full((count, full_height, full_width, 3), _BACKGROUND, np.uint8)
    y = gap
    for row in rows:
        x = gap
        for tile in row:
            canvas[:, y : y + tile.shape[1], x : x + tile.shape[2]] = tile
            x += tile.shape[2] + gap
        y += row[0].shape[1] + gap
    return canvas


def add_header(frames: np.ndarray, text: str, color: RGB = WHITE) -> np.ndarray:
    """Put a line of text above every frame of uint8 (T, H, W, 3)."""
    strip = caption_strip(text, frames.shape[2], color=color, max_lines=2)
    return np.concatenate([np.broadcast_to(strip, (len(frames), *strip.shape)), frames], axis=1)
