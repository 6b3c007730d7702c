"""Untrimmed videos with known boundaries, made of trimmed clips: ``concatenate_clips.py ANN_FILE ROOT OUT``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.cli.files import write_json
from mmaction.distributed.jobs import complete_or_absent
from mmaction.utils.labels import read_labels
from mmaction.utils.progress import track

HELP = 'Concatenate clips to long videos with annotated boundaries'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/untrimmed/concatenate_clips.py``."""
    parser.add_argument('ann_file', help='annotation file of the clips, as of VideoDataset: one "PATH LABEL" per line')
    parser.add_argument('root', help='folder of the clips')
    parser.add_argument('out', help='folder for the videos')
    parser.add_argument('--ann-out', help="annotation file in ActivityNetDataset's format. Default: OUT.json")
    parser.add_argument('--classes', required=True, help='class names, one per line')
    parser.add_argument('--clips-per-video', type=int, nargs=2, default=(4, 7), metavar=('LEAST', 'MOST'))
    parser.add_argument('--gap', type=float, nargs=2, default=(1.0, 4.0), metavar=('LEAST', 'MOST'), help='seconds')
    parser.add_argument('--rounds', type=int, default=1, help='how often each clip is used, each time among others')
    parser.add_argument('--size', type=int, nargs=2, default=(256, 256), metavar=('WIDTH', 'HEIGHT'), help='pixels')
    parser.add_argument('--fps', type=float, default=30, help='frames per second; the clips are not resampled')
    parser.add_argument('--prefix', help='of the names of the videos. Default: the name of the folder OUT')
    parser.add_argument('--seed', type=int, default=0)


def _check(args: argparse.Namespace, min_gap_sec: float) -> None:
    for name, limit in (('clips_per_video', 1), ('gap', min_gap_sec)):
        low, high = getattr(args, name)
        if not limit <= low <= high:
            raise UsageError(f'--{name.replace("_", "-")} ({low} {high}) must rise from {limit:g} or more')
    # Odd sizes do not fit the chroma subsampling of H.264.
    odd = any(side % 2 for side in args.size)
    if args.rounds < 1 or args.fps <= 0 or min(args.size) < 16 or odd:
        raise UsageError('--rounds must be at least 1, --fps positive, and --size two even numbers of at least 16')


def run(args: argparse.Namespace) -> None:
    """Write the videos and their annotation file."""
    import numpy as np

    from mmaction.datasets.concatenation import FADE_SEC, Concatenation, group_clips, read_clips
    from mmaction.video import write_frames

    _check(args, min_gap_sec=4 * FADE_SEC)
    clips = read_clips(args.ann_file, args.root)
    names = read_labels(args.classes)
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
        annotations[name] = video.annotation(names)
    write_json(annotations, args.ann_out or f'{args.out.rstrip("/")}.json', indent=1)
    seconds = sum(info['duration_second'] for info in annotations.values())
    count = sum(len(info['annotations']) for info in annotations.values())
    print(f'{len(annotations)} videos, {seconds:.0f} s, {count} actions: {args.out}')


parse_args, main = entry_points(__name__)
