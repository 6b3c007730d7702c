"""Running labels: the current action written on each frame, above a timeline strip with a cursor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw

from mmaction.visualization.action_visualizer import place_panel
from mmaction.visualization.overlay import GREEN, GREY, WHITE, Overlay, Row, blend
from mmaction.visualization.timeline import Entry

# RGBA
_PREDICTED = (70, 140, 220, 255)
_TRUE = (90, 190, 110, 255)
_CURSOR = (255, 230, 80, 255)


def draw_running_labels(
    frames: Iterator[np.ndarray],
    predictions: Sequence[Entry],
    duration_sec: float,
    fps: float,
    truth: Sequence[Entry] | None = None,
) -> Iterator[np.ndarray]:
    """Write on each frame the labels predicted at its time, and the true ones.

    Args:
        frames: uint8 (H, W, 3), RGB, one after another.
        predictions: dicts with ``segment`` ([start, end] in seconds), ``label`` and ``score``.
        duration_sec: duration of the video.
        fps: frames per second.
        truth: dicts with ``segment`` and ``label``; None if unknown.

    Yields:
        uint8 (H, W, 3).
    """
    panels: dict[tuple, Overlay | None] = {}  # rendered once per set of current segments: most frames share one
    strip: Overlay | None = None
    for number, frame in enumerate(frames):
        time = (number + 0.5) / fps
        found = tuple(i for i, entry in enumerate(predictions) if _covers(entry, time))
        true = tuple(i for i, entry in enumerate(truth or ()) if _covers(entry, time))
        if (found, true) not in panels:
            rows = _rows([predictions[i] for i in found], None if truth is None else [truth[i] for i in true])
            panels[found, true] = place_panel([rows], frame.shape[:2], {})
        if strip is None:
            strip = draw_strip(frame.shape[:2], predictions, duration_sec, truth)
        out = frame[None]
        if (panel := panels[found, true]) is not None:
            out = blend(out, panel)
        yield blend(out, _with_cursor(strip, time / duration_sec))[0]


def _covers(entry: Entry, time: float) -> bool:
    return entry['segment'][0] <= time < entry['segment'][1]


def _rows(found: Sequence[Entry], true: Sequence[Entry] | None) -> list[Row]:
    rows = [Row(f'GT: {entry["label"]}', GREEN) for entry in true or ()]
    best = sorted(found, key=lambda entry: -entry['score'])[:3]
    rows += [Row(str(entry['label']), WHITE, f'{entry["score"]:.2f}') for entry in best]
    return rows or [Row('-', GREY)]


def draw_strip(
    size: tuple[int, int], predictions: Sequence[Entry], duration_sec: float, truth: Sequence[Entry] | None
) -> Overlay:
    """Timeline strip for the lower edge of frames of ``size`` (height, width) pixels; true segments on top."""
    height, width = size
    lines = [(predictions, _PREDICTED)]
    if truth is not None:
        lines.insert(0, (truth, _TRUE))
    thick = max(round(0.025 * height), 3)
    image = Image.new('RGBA', (width, min(thick * len(lines) + 2, height)), (0, 0, 0, 170))
    draw = ImageDraw.Draw(image)
    for i, (entries, color) in enumerate(lines):
        for entry in entries:
            left, right = (round(time / duration_sec * (width - 1)) for time in entry['segment'])
            draw.rectangle((left, 1 + i * thick, max(right - 1, left), (i + 1) * thick - 1), fill=color)
    return Overlay(np.asarray(image), 0, height - image.height)


def _with_cursor(strip: Overlay, fraction: float) -> Overlay:
    rgba = strip.rgba.copy()
    at = round(min(max(fraction, 0), 1) * (rgba.shape[1] - 1))
    rgba[:, max(at - 1, 0) : at + 2] = _CURSOR
    return Overlay(rgba, strip.left, strip.top)
