"""Timelines of a video as SVG: annotated above predicted segments, and where the model is unsure.

The drawing is stretched to the width of the page, so that it has no text of its own: the time axis is HTML. A long
video is broken into rows. The number of elements is limited: a segment that is narrower than a column of the drawing
and begins in the same column as the one before it is not drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mmaction.annotations.record import Segment
from mmaction.study.report.markup import Html, join, tag

__all__ = ['Drawing', 'clock', 'color_rules', 'draw', 'rows_of']

_COLUMNS = 1200  # units of the drawing along a row
_ROW_SEC = 300.0  # of a row, as long as there are few of them
_MAX_ROWS = 12
_LANE = 22  # height of a lane
_GAP = 4
_SAME = 1e-6  # seconds by which rounding may make segments overlap
_MAX_STACKED = 4  # segments at the same time that are drawn below each other
_HEIGHT = 2 * _LANE + 3 * _GAP + 6  # two lanes, and a strip for where the model is unsure
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600)  # seconds


@dataclass(frozen=True)
class Drawing:
    """The rows of a video.

    Attributes:
        markup: of all rows.
        hidden: number of segments that are too short to be drawn.
    """

    markup: Html
    hidden: int


def clock(seconds: float, digits: int = 1) -> str:
    """A time such as ``1:02:03.4``."""
    value = round(seconds, digits)
    minutes, rest = divmod(value, 60)
    hours, minutes = divmod(int(minutes), 60)
    width = 2 + (digits + 1 if digits else 0)
    if hours:
        return f'{hours}:{minutes:02d}:{rest:0{width}.{digits}f}'
    return f'{minutes}:{rest:0{width}.{digits}f}'


def color_rules(count: int) -> str:
    """CSS colors ``c0``, ``c1``, ...: hues by the golden angle, so that neighbors differ, in three lightnesses."""
    rules = []
    for index in range(count):
        hue = (index * 137.508 + 212) % 360
        light = (47, 62, 36)[index // 12 % 3]
        rules.append(f'.c{index}{{--class:hsl({hue:.0f} 62% {light}%)}}')
    return ''.join(rules)


def rows_of(duration_sec: float) -> int:
    """Number of rows of a video."""
    return min(max(math.ceil(duration_sec / _ROW_SEC), 1), _MAX_ROWS)


def draw(
    truth: Sequence[Segment],
    predicted: Sequence[Segment],
    unsure: np.ndarray,
    duration_sec: float,
    colors: dict[str, int],
    columns: int = _COLUMNS,
    title: str = '',
) -> Drawing:
    """Draw a video.

    Args:
        truth: annotated segments.
        predicted: predicted ones.
        unsure: intervals (N, 2) in seconds.
        duration_sec: length of the video.
        colors: number of the color of each label.
        columns: steps along a row below which segments are merged.
        title: name of the drawing for screen readers.
    """
    duration_sec = max(duration_sec, 1e-3)
    count = rows_of(duration_sec)
    row_sec = duration_sec / count
    rows = []
    hidden = 0
    for number in range(count):
        start, end = number * row_sec, (number + 1) * row_sec
        canvas = _Canvas(start, end, columns, colors)
        canvas.unsure(unsure)
        canvas.lane(truth, _GAP, 'annotated')
        canvas.lane(predicted, 2 * _GAP + _LANE, 'predicted')
        hidden += canvas.hidden
        label = title if count == 1 else f'{title}, {clock(start, 0)} to {clock(end, 0)}'
        shape = tag(
            'svg',
            *canvas.elements,
            viewBox=f'0 0 {_COLUMNS} {_HEIGHT}',
            preserveAspectRatio='none',
            role='img',
            aria_label=f'{label}. Arrow keys go from segment to segment, Enter plays one.',
            tabindex=0,
        )
        rows.append(tag('div', shape, _axis(start, end), class_='row'))
    return Drawing(join(rows), hidden)


class _Canvas:
    """The elements of one row, which shows [start, end) in seconds."""

    def __init__(self, start: float, end: float, columns: int, colors: dict[str, int]) -> None:
        self.start = start
        self.end = end
        self.columns = columns
        self.colors = colors
        self.elements: list[Html] = []
        self.hidden = 0

    def _x(self, seconds: float) -> float:
        ratio = (seconds - self.start) / (self.end - self.start)
        return min(max(ratio, 0.0), 1.0) * _COLUMNS

    def _fits(self, start: float, end: float, last: float) -> bool:
        """False for what is narrower than a column and begins in that of the one before."""
        width = _COLUMNS / self.columns
        is_narrow = self._x(end) - self._x(start) < width
        return not (is_narrow and self._x(start) // width == last // width)

    def unsure(self, spans: np.ndarray) -> None:
        """Mark intervals by a haze of full height and a strip at the bottom, each one element for all of them."""
        last = -math.inf
        haze, strip = [], []
        for start, end in spans.tolist():
            if end <= self.start or start >= self.end or not self._fits(start, end, last):
                continue
            last = self._x(start)
            x, width = self._extent(start, end)
            haze.append(f'M{x} 0h{width}v{_HEIGHT}h-{width}z')
            strip.append(f'M{x} {_HEIGHT - 6}h{width}v6h-{width}z')
        if haze:
            self.elements.append(tag('path', class_='haze', d=''.join(haze)))
            self.elements.append(tag('path', class_='unsure', d=''.join(strip)))

    def _extent(self, start: float, end: float) -> tuple[str, str]:
        x = self._x(start)
        return f'{x:.1f}', f'{max(self._x(end) - x, 1.0):.1f}'

    def lane(self, segments: Sequence[Segment], top: float, kind: str) -> None:
        """Draw segments; those at the same time share the height."""
        begun = [item for item in segments if item.start_sec < self.end]
        # A point event has no length.
        inside = [item for item in begun if item.end_sec > self.start or item.start_sec >= self.start]
        levels = _stack(inside)
        height = _LANE / (max((level for _, level in levels), default=0) + 1)
        last = dict.fromkeys(range(_MAX_STACKED), -math.inf)
        for segment, level in levels:
            if not self._fits(segment.start_sec, segment.end_sec, last[level]):
                self.hidden += 1
                continue
            last[level] = self._x(segment.start_sec)
            x, width = self._extent(segment.start_sec, segment.end_sec)
            times = f'{clock(segment.start_sec)} to {clock(segment.end_sec)}'
            score = '' if segment.score is None else f', score {segment.score:.2f}'
            element = tag(
                'rect',
                tag('title', f'{segment.label}, {times}{score} ({kind})'),
                class_=f's c{self.colors[segment.label]}',
                x=x,
                y=f'{top + level * height:g}',
                width=width,
                height=f'{height:g}',
                data_t=f'{segment.start_sec:.2f},{segment.end_sec:.2f}',
            )
            self.elements.append(element)


def _stack(segments: Iterable[Segment]) -> list[tuple[Segment, int]]:
    """Level of each segment, in the order of time: the first that is free, of at most four."""
    free = [-math.inf] * _MAX_STACKED
    levels = []
    for segment in sorted(segments, key=lambda segment: (segment.start_sec, segment.end_sec)):
        level = next((at for at, end in enumerate(free) if end <= segment.start_sec + _SAME), _MAX_STACKED - 1)
        free[level] = max(free[level], segment.end_sec)
        levels.append((segment, level))
    return levels


def _axis(start: float, end: float) -> Html:
    """Ticks, about five of them, and their times."""
    span = end - start
    step = next((step for step in _TICKS if span / step <= 6), _TICKS[-1])
    digits = 1 if step < 1 else 0
    marks = []
    for number in range(math.ceil(start / step - 1e-9), math.floor(end / step + 1e-9) + 1):
        place = (number * step - start) / span
        # The last one would stick out.
        class_ = 'end' if place > 0.94 else None
        marks.append(tag('span', clock(number * step, digits), style=f'left:{100 * place:.2f}%', class_=class_))
    return tag('div', *marks, class_='axis', aria_hidden='true')
