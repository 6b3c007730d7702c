"""Untrimmed videos with known boundaries, made of trimmed clips: ``concatenate_clips.py ANN_FILE ROOT OUT``."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mmaction.cli.command import UsageError, entry_points
from mmaction.distributed.jobs import complete_or_absent

NOISE = 3.0  # standard deviation of what is added to held pictures, in grey levels of 255
ZOOM_A_SEC = 0.02  # how much held pictures grow a second
FADE_SEC = 0.2


HELP = 'Concatenate clips to long videos, with the boundaries annotated'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/untrimmed/concatenate_clips.py``."""
    parser.add_argument('ann_file', help='annotation of the clips, as of VideoDataset: a line "PATH LABEL" each')
    parser.add_argument('root', help='folder of the clips')
    parser.add_argument('out', help='folder for the videos')
    parser.add_argument('--ann-out', help="annotation in ActivityNetDataset's format. Default: OUT.json")
    parser.add_argument('--classes', required=True, help='names of the classes, one a line')
    parser.add_argument('--clips-per-video', type=int, nargs=2, default=(4, 7), metavar=('LEAST', 'MOST'))
    parser.add_argument('--gap', type=float, nargs=2, default=(1.0, 4.0), metavar=('LEAST', 'MOST'), help='seconds')
    parser.add_argument('--rounds', type=int, default=1, help='how often each clip is used, each time among others')
    parser.add_argument('--size', type=int, nargs=2, default=(256, 256), metavar=('WIDTH', 'HEIGHT'), help='pixels')
    parser.add_argument('--fps', type=float, default=30, help='frames a second; the clips are not resampled')
    parser.add_argument('--prefix', help='of the names of the videos. Default: the name of the folder OUT')
    parser.add_argument('--seed', type=int, default=0)


def _check(args: argparse.Namespace) -> None:
    """Check arguments that depend on each other."""
    for name in ('clips_per_video', 'gap'):
        low, high = getattr(args, name)
        least = 1 if name == 'clips_per_video' else 4 * FADE_SEC
        if not least <= low <= high:
            raise UsageError(f'--{name.replace("_", "-")} ({low} {high}) must rise from {least:g} or more')
    if args.rounds < 1 or args.fps <= 0 or min(args.size) < 16 or any(side % 2 for side in args.size):
        raise UsageError('--rounds must be at least 1, --fps positive, and --size two even numbers of at least 16')


def run(args: argparse.Namespace) -> None:
    """Concatenate."""
    _check(args)
    from mmaction.utils.progress import track
    from mmaction.visualization import write_frames

    clips = read_clips(args.ann_file, args.root)
    with open(args.classes, encoding='utf-8') as file:
        names = [line.strip() for line in file if line.strip()]
    highest = max(clip.label for clip in clips)
    if highest >= len(names):
        raise ValueError(f'{args.ann_file} has label {highest}, but {args.classes} only {len(names)} names.')
    rng = np.random.default_rng(args.seed)
    prefix = args.prefix or Path(args.out).name
    groups = [group for _ in range(args.rounds) for group in group_clips(clips, args.clips_per_video, rng)]
    annotations = {}
    for number, group in enumerate(track(groups, 'Concatenating')):
        name = f'{prefix}_{number:03d}'
        video = Concatenation(group, clips, args.size, args.fps, args.gap, rng)
        with complete_or_absent(os.path.join(args.out, f'{name}.mp4')) as path:
            write_frames(path, video.frames(), args.fps)
        annotations[name] = dict(
            duration_second=video.length / args.fps,
            duration_frame=video.length,
            feature_frame=video.length,
            fps=args.fps,
            annotations=[
                dict(segment=[start / args.fps, end / args.fps], label=names[label])
                for start, end, label in video.segments
            ],
        )
    with complete_or_absent(args.ann_out or f'{args.out.rstrip("/")}.json') as path:
        Path(path).write_text(json.dumps(annotations, indent=1), encoding='utf-8')
    seconds = sum(info['duration_second'] for info in annotations.values())
    count = sum(len(info['annotations']) for info in annotations.values())
    print(f'{len(annotations)} videos, {seconds:.0f} s, {count} actions: {args.out}')


@dataclass(frozen=True)
class Clip:
    """A trimmed clip of one action."""

    path: str
    label: int


def read_clips(ann_file: str, root: str) -> list[Clip]:
    """The clips of an annotation file.

    Raises:
        FileNotFoundError: the file or a clip is missing.
        ValueError: a line is malformed, or there are none.
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
                raise ValueError(f'{ann_file}:{number}: {line.strip()!r} must be a path and the number of a class.')
            clips.append(Clip(os.path.join(root, path), int(label)))
            if not os.path.isfile(clips[-1].path):
                raise FileNotFoundError(f'{ann_file}:{number}: there is no clip at {clips[-1].path}.')
    if not clips:
        raise ValueError(f'{ann_file} names no clips.')
    return clips


def group_clips(clips: Sequence[Clip], count: tuple[int, int], rng: np.random.Generator) -> Iterator[list[Clip]]:
    """The clips in random order, cut into groups of ``count`` (least, most); the last may be smaller."""
    left = [clips[i] for i in rng.permutation(len(clips))]
    while left:
        size = int(rng.integers(count[0], count[1] + 1))
        yield left[:size]
        left = left[size:]


@dataclass
class Concatenation:
    """One long video: gap, clip, gap, ..., clip, gap. ``segments`` and ``length`` fill while it is iterated.

    Args:
        clips: what to join.
        others: clips that give stills for the gaps.
        size: (width, height), pixels.
        fps: frames a second.
        gap_sec: least and most seconds of a gap.
        rng: for all that is random.
    """

    clips: Sequence[Clip]
    others: Sequence[Clip]
    size: tuple[int, int]
    fps: float
    gap_sec: tuple[float, float]
    rng: np.random.Generator
    segments: list[tuple[int, int, int]] = field(default_factory=list)  # first frame, frame behind the last, label
    length: int = 0

    def frames(self) -> Iterator[np.ndarray]:
        """uint8 (H, W, 3), RGB, one after another."""
        last: np.ndarray | None = None
        for clip in self.clips:
            frames = read_frames(clip.path, self.size)
            yield from self._count(self.gap(last, frames[0]))
            start = self.length
            yield from self._count(frames)
            self.segments.append((start, self.length, clip.label))
            last = frames[-1]
        yield from self._count(self.gap(last, None))

    def _count(self, frames: Any) -> Iterator[np.ndarray]:
        for frame in frames:
            self.length += 1
            yield frame

    def gap(self, before: np.ndarray | None, after: np.ndarray | None) -> np.ndarray:
        """Background that begins as ``before`` and ends as ``after``, so that no cut tells the boundary.

        In between are stills of other clips, taken from their middles: what an action looks like, without the action.
        """
        total = round(float(self.rng.uniform(*self.gap_sec)) * self.fps)
        stills = [self._still() for _ in range(int(self.rng.integers(0, 3)))]
        pictures = [p for p in (before, *stills, after) if p is not None] or [self._still()]
        counts = np.diff(np.linspace(0, total, len(pictures) + 1).round().astype(int))
        fade = min(round(FADE_SEC * self.fps), int(counts.min()) // 2)
        parts = []
        for i, (picture, count) in enumerate(zip(pictures, counts)):
            under = fade if i + 1 < len(pictures) else 0  # what the next one fades in over
            parts.append(hold(picture, int(count) + under, self.fps, backwards=picture is after, rng=self.rng))
        return crossfade(parts, fade)

    def _still(self) -> np.ndarray:
        clip = self.others[int(self.rng.integers(len(self.others)))]
        return read_frames(clip.path, self.size, at=float(self.rng.uniform(0.25, 0.75)))[0]


def read_frames(path: str, size: tuple[int, int], at: float | None = None) -> np.ndarray:
    """The frames of a clip, fitted into ``size`` (width, height) with their ratio kept: uint8 (T, H, W, 3), RGB.

    With ``at``, only the frame at that share of the clip. The borders repeat the edge of the picture, so that the
    shape of its frame does not tell a clip.
    """
    import cv2

    from mmaction.video import open_reader

    with open_reader(path) as reader:
        frames = reader.get_frames(range(len(reader)) if at is None else [int(at * len(reader))])
    width, height = size
    scale = min(width / frames.shape[2], height / frames.shape[1])
    inner = max(round(frames.shape[2] * scale), 1), max(round(frames.shape[1] * scale), 1)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    border = (top, height - inner[1] - top, left, width - inner[0] - left)
    return np.stack([cv2.copyMakeBorder(cv2.resize(frame, inner), *border, cv2.BORDER_REPLICATE) for frame in frames])


def hold(picture: np.ndarray, count: int, fps: float, backwards: bool, rng: np.random.Generator) -> np.ndarray:
    """A picture held for ``count`` frames with a slow zoom and the noise of a sensor: uint8 (T, H, W, 3).

    The zoom starts at 1; with ``backwards`` it ends there.
    """
    import cv2

    height, width = picture.shape[:2]
    zooms = 1 + ZOOM_A_SEC * np.arange(count) / fps
    frames = []
    for zoom in zooms[::-1] if backwards else zooms:
        matrix = np.array([[zoom, 0, (1 - zoom) * width / 2], [0, zoom, (1 - zoom) * height / 2]])
        moved = cv2.warpAffine(
            picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        noise = rng.normal(0, NOISE, picture.shape).astype(np.float32)
        frames.append((moved + noise).clip(0, 255).round().astype(np.uint8))
    return np.stack(frames)


def crossfade(parts: Sequence[np.ndarray], fade: int) -> np.ndarray:
    """Join (T, H, W, 3) parts; each but the first fades in over the last ``fade`` frames of the one before."""
    out = parts[0]
    for part in parts[1:]:
        if not fade:
            out = np.concatenate([out, part])
            continue
        share = (np.arange(1, fade + 1, dtype=np.float32) / (fade + 1))[:, None, None, None]
        mixed = out[-fade:] * (1 - share) + part[:fade] * share
        out = np.concatenate([out[:-fade], mixed.round().astype(np.uint8), part[fade:]])
    return out


parse_args, main = entry_points(__name__)
