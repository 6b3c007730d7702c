"""Smaller videos: ``python tools/data/resize_videos.py VIDEOS SMALLER --level 2 --dense``."""

from __future__ import annotations

import argparse
import os
from functools import partial

from mmaction.cli.command import entry_points
from mmaction.cli.data._jobs import add_job_arguments, never, run_jobs
from mmaction.cli.errors import UsageError
from mmaction.distributed.jobs import Job, find_jobs

HELP = 'Resize videos, keeping their audio'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/resize_videos.py``."""
    parser.description = 'Resize videos to a length of their shorter side, upright, with their audio and timestamps'
    parser.add_argument('src_dir', help='folder of the videos')
    parser.add_argument('out_dir', help='folder to write to')
    parser.add_argument('--dense', action='store_true', help='a keyframe every 16 frames, for faster random access')
    parser.add_argument(
        '--level', type=int, choices=[1, 2], default=2, help='1: SRC/clip.mp4; 2: SRC/class/clip.mp4; default: 2'
    )
    parser.add_argument('--remove-dup', action='store_true', help='leave out frames that repeat the previous one')
    parser.add_argument('--ext', default='mp4', help='suffix of the videos: avi, mp4, webm, mkv, ...; default: mp4')
    parser.add_argument('--mixed-ext', action='store_true', help='take videos of any suffix, and ignore --ext')
    parser.add_argument('--to-mp4', action='store_true', help='write .mp4; default: the suffix of the source')
    parser.add_argument('--scale', type=int, default=256, help='shorter side, px; default: 256')
    add_job_arguments(parser)
    parser.add_argument('--resume', action='store_true', help='keep the videos that exist already')


def run(args: argparse.Namespace) -> None:
    """Resize all videos."""
    from mmaction.video.suffixes import VIDEO_SUFFIXES
    from mmaction.video.writer import WRITABLE_SUFFIXES

    if args.scale < 2 or args.scale % 2:
        raise UsageError(f'--scale ({args.scale}) must be an even number from 2 on: 4:2:0 video has no odd sizes')
    jobs = find_jobs(
        args.src_dir,
        args.out_dir,
        args.level,
        VIDEO_SUFFIXES if args.mixed_ext else args.ext,
        '.mp4' if args.to_mp4 else None,
    )
    others = sorted({suffix for job in jobs if (suffix := _suffix(job.target)) not in WRITABLE_SUFFIXES})
    if others:
        raise UsageError(f'videos are written as {", ".join(WRITABLE_SUFFIXES)}, not {", ".join(others)}: add --to-mp4')
    work = partial(_work, short_side=args.scale, dense=args.dense, remove_duplicates=args.remove_dup)
    run_jobs(args, jobs, work, 'Resizing', None if args.resume else never)


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _work(job: Job, short_side: int, dense: bool, remove_duplicates: bool) -> None:
    from mmaction.video.transcode import resize_video

    resize_video(job.source, job.target, short_side, dense, remove_duplicates)


parse_args, main = entry_points(__name__)
