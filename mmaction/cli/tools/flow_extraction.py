"""Optical flow of some videos: ``python tools/misc/flow_extraction.py --input VIDEO --dest FOLDER``."""

from __future__ import annotations

import argparse
import os
from functools import partial
from typing import TYPE_CHECKING

from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.distributed.jobs import Job, do_jobs

if TYPE_CHECKING:
    from mmaction.video.frame_files import FrameFiles

HELP = 'Write the optical flow of some videos'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/misc/flow_extraction.py``."""
    parser.add_argument('--input', required=True, help='video file, or a .txt with one name of a video per line')
    parser.add_argument('--prefix', default='', help='folder of the videos of a .txt')
    parser.add_argument('--dest', default='', help='folder to write to: one folder per video')
    parser.add_argument('--save-rgb', action='store_true', help='write the frames, too')
    parser.add_argument('--rgb-tmpl', default='img_{:05d}.jpg', help='names of the frames; default: %(default)s')
    parser.add_argument(
        '--flow-tmpl', default='{}_{:05d}.jpg', help='names of the flow images, with x or y; default: %(default)s'
    )
    parser.add_argument('--start-idx', type=int, default=1, help='number of the first image; default: 1')
    parser.add_argument(
        '--method', default='tvl1', choices=['tvl1', 'warp_tvl1', 'farn', 'farneback', 'dis'], help='default: tvl1'
    )
    parser.add_argument('--bound', type=float, default=20, help='px; longer flow is clipped; default: 20')


def run(args: argparse.Namespace) -> None:
    """Write the images of all videos; the exit code is 1 if one fails."""
    from mmaction.video.frame_files import FrameFiles

    if args.start_idx < 0:
        raise UsageError(f'--start-idx ({args.start_idx}) must be at least 0')
    (rgb_name, rgb_format), (flow_name, flow_format) = map(os.path.splitext, (args.rgb_tmpl, args.flow_tmpl))
    if args.save_rgb and rgb_format != flow_format:
        raise UsageError(f'--rgb-tmpl ({args.rgb_tmpl}) and --flow-tmpl ({args.flow_tmpl}) must have one suffix')
    files = FrameFiles(
        ('rgb', 'flow') if args.save_rgb else ('flow',),
        args.method,
        args.bound,
        flow_format.lstrip('.'),
        rgb_name=rgb_name,
        flow_name=flow_name,
        start_index=args.start_idx,
    )
    jobs = [Job(video, os.path.join(args.dest, _stem(video))) for video in _videos(args)]
    if do_jobs(jobs, partial(_write, files=files), 0, 'Extracting flow', is_done=lambda job: False) < len(jobs):
        raise SystemExit(1)


def _write(job: Job, files: FrameFiles) -> None:
    files.write(job.source, job.target)


def _stem(video: str) -> str:
    return os.path.basename(video).split('.')[0]


def _videos(args: argparse.Namespace) -> list[str]:
    if not args.input.endswith('.txt'):
        return [args.input]
    with open(args.input, encoding='utf-8') as file:
        names = [line.strip() for line in file]
    return [os.path.join(args.prefix, name) for name in names if name]


parse_args, main = entry_points(__name__)
