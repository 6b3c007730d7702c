"""Draw ``demo/demo.mp4``: two stick figures arm wrestle at a table until one of them wins.

python demo/make_demo_video.py [OUT]
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import cv2
import numpy as np

from mmaction.video import write_video

WIDTH, HEIGHT = 320, 240
FPS, SECONDS = 25, 6
SCALE = 3  # drawn this much larger and shrunk, which smooths the edges

WALL, WALL_LOW, FLOOR = (226, 217, 200), (196, 180, 156), (150, 118, 88)
TABLE, TABLE_EDGE, SKY, HILL, FRAME = (132, 84, 48), (98, 60, 34), (150, 200, 235), (116, 164, 110), (246, 242, 234)
BLUE, RED, SKIN, INK = (52, 98, 168), (186, 62, 54), (233, 190, 152), (48, 42, 40)
TABLE_TOP = 168
ELBOWS = np.array([[136.0, 165.0], [184.0, 165.0]])


class Canvas:
    """An RGB picture in which shapes are drawn by points of the 320 x 240 frame."""

    def __init__(self) -> None:
        self.pixels = np.zeros((HEIGHT * SCALE, WIDTH * SCALE, 3), np.uint8)

    @staticmethod
    def _at(point: tuple[float, float] | np.ndarray) -> tuple[int, int]:
        return round(point[0] * SCALE), round(point[1] * SCALE)

    def box(self, x: float, y: float, width: float, height: float, color: tuple) -> None:
        cv2.rectangle(self.pixels, self._at((x, y)), self._at((x + width, y + height)), color, -1)

    def disc(self, centre, radius: float, color: tuple) -> None:
        cv2.circle(self.pixels, self._at(centre), round(radius * SCALE), color, -1, cv2.LINE_AA)

    def arc(self, centre, axes: tuple[float, float], start: float, end: float, color: tuple, width: float) -> None:
        axes = tuple(round(a * SCALE) for a in axes)
        cv2.ellipse(self.pixels, self._at(centre), axes, 0, start, end, color, round(width * SCALE), cv2.LINE_AA)

    def line(self, points, color: tuple, width: float) -> None:
        """A bent line with round ends."""
        for a, b in itertools.pairwise(points):
            cv2.line(self.pixels, self._at(a), self._at(b), color, round(width * SCALE), cv2.LINE_AA)
        for point in points:
            self.disc(point, width / 2, color)

    def frame(self) -> np.ndarray:
        return cv2.resize(self.pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


def room(canvas: Canvas) -> None:
    """Walls, floor and a window."""
    canvas.box(0, 0, WIDTH, 150, WALL)
    canvas.box(0, 128, WIDTH, 60, WALL_LOW)
    canvas.box(0, 186, WIDTH, 60, FLOOR)
    canvas.box(122, 22, 76, 58, FRAME)
    canvas.box(126, 26, 68, 50, SKY)
    hills = np.array([[126, 66], [146, 54], [162, 62], [180, 50], [194, 60], [194, 76], [126, 76]]) * SCALE
    cv2.fillPoly(canvas.pixels, [hills.astype(np.int32)], HILL, cv2.LINE_AA)
    canvas.disc((178, 36), 6, (250, 226, 140))
    canvas.box(158.5, 26, 3, 50, FRAME)


def table(canvas: Canvas) -> None:
    """In front of the figures, below their elbows."""
    for x in (88, 222):
        canvas.box(x, TABLE_TOP + 8, 10, 58, TABLE_EDGE)
    canvas.box(72, TABLE_TOP, 176, 7, TABLE)
    canvas.box(72, TABLE_TOP + 7, 176, 4, TABLE_EDGE)


def elbow(shoulder: np.ndarray, hand: np.ndarray, upper: float, lower: float, side: int) -> np.ndarray:
    """Joint of an arm of two bones whose ends are given; ``side`` says to which side it bends."""
    gap = hand - shoulder
    distance = float(np.clip(np.hypot(*gap), 1e-6, upper + lower - 1e-6))
    along = (upper**2 - lower**2 + distance**2) / (2 * distance)
    across = np.sqrt(max(upper**2 - along**2, 0))
    unit = gap / distance
    return shoulder + along * unit + side * across * np.array([-unit[1], unit[0]])


def figure(canvas: Canvas, side: int, hand: np.ndarray, lean: float, effort: float, mood: float) -> None:
    """One wrestler.

    Args:
        canvas: where to draw.
        side: -1 for the left one, 1 for the right one.
        hand: the point at which the hands meet.
        lean: how far the body is pushed over the table, px.
        effort: how hard the free hand presses, 0..1.
        mood: from -1, losing, to 1, winning.
    """
    shirt = BLUE if side < 0 else RED
    x = 160 + side * (84 - lean)
    hip, neck = np.array([160 + side * 92.0, 190.0]), np.array([x, 112 + 2 * effort])
    head = neck + np.array([-side * 4.0, -24.0])
    canvas.line([hip, hip + (-side * 22, 4), hip + (-side * 20, 42)], INK, 8)  # leg
    canvas.line([hip, neck], shirt, 22)
    shoulder = neck + (-side * 4, 6)
    rest = np.array([160 + side * 66.0, TABLE_TOP - 3.0])
    canvas.line([shoulder + (side * 6, 0), elbow(shoulder, rest, 36, 32, side), rest], shirt, 8)  # the free arm
    canvas.disc(rest, 5 + effort, SKIN)

    canvas.line([neck, head], SKIN, 8)
    canvas.disc(head, 16, SKIN)
    canvas.arc(head, (16, 16), 180, 360, INK, 3)  # hair
    canvas.disc(head + (side * 9, -9), 8, INK)
    eye = head + (-side * 7, -2)
    canvas.line([eye + (-3, -6 - mood), eye + (4, -6 + mood)], INK, 1.4)
    canvas.disc(eye, 1.9, INK)
    mouth = head + (-side * 6, 7)
    if mood > 0.3:
        canvas.arc(mouth + (0, -2), (5, 4), 10, 170, INK, 1.5)
    elif mood < -0.3:
        canvas.arc(mouth + (0, 3), (4, 3), 190, 350, INK, 1.5)
    else:
        canvas.line([mouth + (-4, 0), mouth + (4, 0)], INK, 1.6)

    joint = ELBOWS[0 if side < 0 else 1]
    canvas.line([shoulder, joint], shirt, 9)
    canvas.line([joint, hand], SKIN, 7)


def swing(t: float) -> float:
    """Where the hands are at ``t`` seconds: -1 down on the left, 0 upright, 1 down on the right."""
    fight = 0.20 * np.sin(2.1 * t) + 0.13 * np.sin(5.3 * t + 1) + 0.025 * np.sin(31 * t)
    start, end = np.clip(t / 0.8, 0, 1), np.clip((t - 4.2) / 0.9, 0, 1)
    return float((1 - end**2) * start * fight + end**2)


def draw(t: float) -> np.ndarray:
    """The frame at ``t`` seconds: uint8 (240, 320, 3), RGB."""
    canvas = Canvas()
    room(canvas)
    s = swing(t)
    angle = s * 1.25
    hand = np.array([160 + 40 * np.sin(angle), 165 - 40 * np.cos(angle) + 3])
    cheer = np.clip((t - 5.1) / 0.4, 0, 1)
    effort = float(0.5 + 0.5 * np.sin(9 * t)) * (1 - cheer)
    for side in (-1, 1):
        push = 8 * s * -side + 2 * effort
        figure(canvas, side, hand, 6 + push, effort, -side * (s if abs(s) > 0.25 else 0))
    table(canvas)
    for joint in ELBOWS:
        canvas.disc(joint, 5, SKIN)
    canvas.disc(hand, 8, SKIN)
    for offset in (-4, 0, 4):
        canvas.line([hand + (offset, -5), hand + (offset, 2)], (196, 148, 112), 1.2)
    return canvas.frame()


def main() -> None:
    """Write the video."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name('demo.mp4')
    frames = [draw(i / FPS) for i in range(FPS * SECONDS)]
    write_video(out, frames, fps=FPS, gop=FPS, options={'crf': '24', 'preset': 'slow'})
    print(f'{out}: {len(frames)} frames, {out.stat().st_size / 1000:.0f} kB')


if __name__ == '__main__':
    main()
