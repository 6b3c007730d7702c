"""Footage for the demo: an animal that rests, walks, rears and grooms, and its annotation as a BORIS project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from mmaction.annotations import Project, Segment, Video, write_annotations
from mmaction.video import write_frames

FPS = 12
HEIGHT, WIDTH = 72, 96
BEHAVIORS = ('walk', 'rear', 'groom')  # at other times it rests
FLOOR, WALL, FUR, EAR = (196, 186, 170), (120, 128, 140), (92, 78, 66), (150, 110, 104)


def make_study(folder: Path, prefix: str, count: int, seconds: float, seed: int) -> Project:
    """Write videos with one behavior after another.

    Args:
        folder: of the videos.
        prefix: of their names.
        count: number of videos.
        seconds: length of each.
        seed: of what happens in them.

    Returns:
        what happens in them.
    """
    videos = []
    for number in range(1, count + 1):
        rng = np.random.default_rng([seed, number])
        segments = draw_behaviors(seconds, rng)
        path = folder / f'{prefix} {number:02d}.mp4'
        write_frames(path, render(segments, seconds, rng), FPS)
        facts = dict(fps=float(FPS), duration_sec=seconds, num_frames=round(seconds * FPS), size=(WIDTH, HEIGHT))
        videos.append(Video(path.name, path=str(path.absolute()), segments=tuple(segments), **facts))
    return Project(tuple(videos), BEHAVIORS)


def draw_behaviors(seconds: float, rng: np.random.Generator) -> list[Segment]:
    """Behaviors of 1.5 to 4 seconds, with rests of 0.5 to 2 seconds between some of them."""
    segments: list[Segment] = []
    at = rng.uniform(0.2, 1.5)
    while at < seconds - 1.5:
        end = min(at + rng.uniform(1.5, 4.0), seconds)
        before = segments[-1].label if segments else ''
        label = str(rng.choice([name for name in BEHAVIORS if name != before]))
        segments.append(Segment(round(at, 2), round(end, 2), label))
        at = end + rng.choice([0.0, rng.uniform(0.5, 2.0)])
    return segments


def render(segments: list[Segment], seconds: float, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Draw the frames, with a little noise of the camera."""
    x, facing = rng.uniform(30, 66), rng.choice([-1.0, 1.0])
    light = rng.uniform(0.9, 1.08)
    for number in range(round(seconds * FPS)):
        time = number / FPS
        label = next((item.label for item in segments if item.start_sec <= time < item.end_sec), 'rest')
        if label == 'walk':
            x += facing * 22 / FPS
            if not 20 < x < WIDTH - 20:
                facing = -facing
        frame = draw_animal(x, facing, label, time).astype(np.float64) * light
        yield np.clip(frame + rng.normal(0, 2, frame.shape), 0, 255).astype(np.uint8)


def draw_animal(x: float, facing: float, behavior: str, time: float) -> np.ndarray:
    """Draw one frame (H, W, 3)."""
    frame = np.full((HEIGHT, WIDTH, 3), FLOOR, np.uint8)
    frame[: HEIGHT // 4] = WALL
    y, length, height = 52.0, 15.0, 8.0
    head = np.array([facing * 15, -3.0])
    if behavior == 'walk':
        y += 1.5 * np.sin(time * 14)
    elif behavior == 'rear':
        y, length, height = 42.0, 8.0, 17.0
        head = np.array([facing * 3, -19.0])
    elif behavior == 'groom':
        length, height = 11.0, 10.0
        head = np.array([facing * (8 + 3 * np.sin(time * 22)), -4 + 4 * np.cos(time * 22)])
    tail = (x - facing * (length + 12), y + 4)
    _line(frame, (x - facing * length * 0.7, y + 2), tail)
    _disc(frame, (x, y), (length, height), FUR)
    _disc(frame, (x + head[0], y + head[1]), (6.0, 5.0), FUR)
    _disc(frame, (x + head[0] - facing * 3, y + head[1] - 4), (2.5, 2.5), EAR)
    return frame


def _disc(frame: np.ndarray, center: tuple[float, float], axes: tuple[float, float], color: tuple) -> None:
    cv2.ellipse(frame, _fixed(center), _fixed(axes), 0, 0, 360, color, -1, cv2.LINE_AA, 4)


def _line(frame: np.ndarray, start: tuple[float, float], end: tuple[float, float]) -> None:
    cv2.line(frame, _fixed(start), _fixed(end), FUR, 2, cv2.LINE_AA, 4)


def _fixed(point: tuple[float, float]) -> tuple[int, int]:
    """Sixteenths of a pixel, which OpenCV draws at."""
    return round(float(point[0]) * 16), round(float(point[1]) * 16)


def write_boris(project: Project, path: Path) -> None:
    """Write the annotation as the project file of BORIS."""
    write_annotations(project, path, 'boris')
