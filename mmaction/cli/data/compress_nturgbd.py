"""Smaller videos of NTU RGB+D: ``python tools/data/skeleton/compress_nturgbd.py``."""

from __future__ import annotations

import argparse
import os.path as osp
from functools import partial

from mmaction.cli.args import check_at_least_one
from mmaction.cli.command import entry_points
from mmaction.distributed.jobs import Job, do_jobs

HELP = 'Re-encode the videos of NTU RGB+D at 960 x 540 pixels'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/skeleton/compress_nturgbd.py``."""
    parser.add_argument('--src', default='data/nturgbd_raw', help='folder of the *_rgb.avi, at any depth')
    parser.add_argument(
        '--dst', default='data/nturgbd_videos', help='folder to write NAME_rgb.mp4 to, without subfolders'
    )
    parser.add_argument('--short-side', type=int, default=540, help='shorter side in pixels; the videos have 1080')
    parser.add_argument('--num-workers', type=int, default=0, help='processes; 0: this one alone')


def run(args: argparse.Namespace) -> None:
    """Write the videos that do not exist."""
    from mmaction.datasets.official.missing import files_below

    check_at_least_one(args, 'short_side')
    paths = files_below(args.src, ('.avi',))
    if not paths:
        raise FileNotFoundError(f'There is no *.avi in {args.src}; request the videos from the authors of NTU RGB+D.')
    stems = [osp.splitext(osp.basename(path))[0] for path in paths]
    jobs = [
        Job(osp.join(args.src, path), osp.join(args.dst, f'{stem.removesuffix("_rgb")}.mp4'))
        for path, stem in zip(paths, stems)
    ]
    do_jobs(jobs, partial(_compress, short_side=args.short_side), args.num_workers, 'Compressing')


def _compress(job: Job, short_side: int) -> None:
    from mmaction.video.transcode import resize_video

    resize_video(job.source, job.target, short_side)


parse_args, main = entry_points(__name__)
