"""Untrimmed videos with known boundaries, made of trimmed clips."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from mmaction.video import open_reader

NOISE = 3.0  # standard deviation of the noise in still images, in gray levels of 255
ZOOM_A_SEC = 0.02  # growth of still images per second
FADE_SEC = 0.2


@dataclass(frozen=True)
class Clip:
    """A trimmed clip of one action."""

    path: str
    label: int


def read_clips(ann_file: str, root: str) -> list[Clip]:
    """Read the clips of an annotation file.

    Raises:
        FileNotFoundError: the file or a clip is missing.
        ValueError: a line is malformed, or the file lists no clips.
    """
    if not os.path.isfile(ann_file):
        raise FileNotFoundError(f'There is no annotation file at {ann_file}.')
    clips = []
    with open(ann_file, encoding='utf-8') as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            path, _, label = line.strip().rpartition(' ')
            if not path or not label.isdigit():
                raise ValueError(f'{ann_file}:{number}: {line.strip()!r} must be a path and a class index.')
            clip = Clip(os.path.join(root, path), int(label))
            if not os.path.isfile(clip.path):
                raise FileNotFoundError(f'{ann_file}:{number}: there is no clip at {clip.path}.')
            clips.append(clip)
    if not clips:
        raise ValueError(f'{ann_file} lists no clips.')
    return clips


def group_clips(clips: Sequence[Clip], count: tuple[int, int], rng: np.random.Generator) -> Iterator[list[Clip]]:
    """Shuffle the clips and cut them into groups of ``count`` (least, most); the last may be smaller."""
    remaining = [clips[i] for i in rng.permutation(len(clips))]
    while remaining:
        size = int(rng.integers(count[0], count[1] + 1))
        yield remaining[:size]
        remaining = remaining[size:]


@dataclass
class Concatenation:
    """A long video: gap, clip, gap, ..., clip, gap. ``segments`` and ``length`` grow while ``frames`` is iterated.

    Args:
        clips: clips to join.
        others: clips whose frames fill the gaps.
        size: (width, height), pixels.
        fps: frames per second.
        gap_sec: shortest and longest gap, seconds.
        rng: source of all random choices.
        segments: ``[first frame, end frame)`` and label of each clip.
        length: number of frames.
    """

    clips: Sequence[Clip]
    others: Sequence[Clip]
    size: tuple[int, int]
    fps: float
    gap_sec: tuple[float, float]
    rng: np.random.Generator
    segments: list[tuple[int, int, int]] = field(default_factory=list)
    length: int = 0

    def frames(self) -> Iterator[np.ndarray]:
        """Yield frames, uint8 (H, W, 3), RGB. One clip is in memory at a time."""
        last: np.ndarray | None = None
        for clip in self.clips:
            frames = read_frames(clip.path, self.size)
            yield from self._count(self.gap(last, frames[0]))
            start = self.length
            yield from self._count(frames)
            self.segments.append((start, self.length, clip.label))
            last = frames[-1]
        yield from self._count(self.gap(last, None))

    def annotation(self, names: Sequence[str]) -> dict[str, Any]:
        """Entry of an annotation file of ``ActivityNetDataset``, after ``frames`` has been iterated."""
        segments = [
            dict(segment=[start / self.fps, end / self.fps], label=names[label]) for start, end, label in self.segments
        ]
        return dict(
            duration_second=self.length / self.fps,
            duration_frame=self.length,
            feature_frame=self.length,
            fps=self.fps,
            annotations=segments,
        )

    def _count(self, frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for frame in frames:
            self.length += 1
            yield frame

    def gap(self, before: np.ndarray | None, after: np.ndarray | None) -> np.ndarray:
        """Make background that begins as ``before`` and ends as ``after``, so that no cut reveals the boundary.

        Between them are still images from the middle of other clips: the look of an action without its motion.

        Returns:
            uint8 (T, H, W, 3)
        """
        total = round(float(self.rng.uniform(*self.gap_sec)) * self.fps)
        between = [self._still() for _ in range(int(self.rng.integers(0, 3)))]
        stills = [image for image in (before, *between, after) if image is not None]
        if not stills:
            stills = [self._still()]
        counts = np.diff(np.linspace(0, total, len(stills) + 1).round().astype(int))
        fade = min(round(FADE_SEC * self.fps), int(counts.min()) // 2)
        parts = []
        for i, (image, count) in enumerate(zip(stills, counts)):
            # All but the last are held longer, for the next one to fade in over them.
            overlap = fade if i + 1 < len(stills) else 0
            parts.append(hold(image, int(count) + overlap, self.fps, backwards=image is after, rng=self.rng))
        return crossfade(parts, fade)

    def _still(self) -> np.ndarray:
        clip = self.others[int(self.rng.integers(len(self.others)))]
        return read_frames(clip.path, self.size, at=float(self.rng.uniform(0.25, 0.75)))[0]


def read_frames(path: str, size: tuple[int, int], at: float | None = None) -> np.ndarray:
    """Decode the frames of a clip and fit them into ``size`` (width, height), keeping the aspect ratio.

    The borders repeat the edge of the image: black bars would reveal the clip by its aspect ratio.

    Args:
        path: video file.
        size: (width, height), pixels.
        at: decode only the frame at this fraction of the clip.

    Returns:
        uint8 (T, H, W, 3), RGB
    """
    with open_reader(path) as reader:
        wanted: Sequence[int] = range(len(reader))
        if at is not None:
            wanted = [int(at * len(reader))]
        frames = reader.get_frames(wanted)
    width, height = size
    scale = min(width / frames.shape[2], height / frames.shape[1])
    inner_width = max(round(frames.shape[2] * scale), 1)
    inner_height = max(round(frames.shape[1] * scale), 1)
    left = (width - inner_width) // 2
    top = (height - inner_height) // 2
    border = (top, height - inner_height - top, left, width - inner_width - left)
    resized = (cv2.resize(frame, (inner_width, inner_height)) for frame in frames)
    return np.stack([cv2.copyMakeBorder(frame, *border, cv2.BORDER_REPLICATE) for frame in resized])


def hold(image: np.ndarray, count: int, fps: float, backwards: bool, rng: np.random.Generator) -> np.ndarray:
    """Hold an image for ``count`` frames, with a slow zoom and sensor noise.

    Frozen frames would tell the gaps apart from the clips without a look at the action.

    Args:
        image: uint8 (H, W, 3)
        count: number of frames, T.
        fps: frames per second.
        backwards: end at zoom 1 instead of starting there.
        rng: source of the noise.

    Returns:
        uint8 (T, H, W, 3)
    """
    height, width = image.shape[:2]
    zooms = 1 + ZOOM_A_SEC * np.arange(count) / fps
    if backwards:
        zooms = zooms[::-1]
    frames = []
    for zoom in zooms:
        matrix = np.array([[zoom, 0, (1 - zoom) * width / 2], [0, zoom, (1 - zoom) * height / 2]])
        zoomed = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        noise = rng.normal(0, NOISE, image.shape).astype(np.float32)
        frames.append((zoomed + noise).clip(0, 255).round().astype(np.uint8))
    return np.stack(frames)


def crossfade(parts: Sequence[np.ndarray], fade: int) -> np.ndarray:
    """Join (T, H, W, 3) parts; each but the first fades in over the last ``fade`` frames of the one before."""
    out = parts[0]
    for part in parts[1:]:
        if not fade:
            out = np.concatenate([out, part])
            continue
        weight = (np.arange(1, fade + 1, dtype=np.float32) / (fade + 1))[:, None, None, None]  # (fade, 1, 1, 1)
        mixed = out[-fade:] * (1 - weight) + part[:fade] * weight
        out = np.concatenate([out[:-fade], mixed.round().astype(np.uint8), part[fade:]])
    return out
