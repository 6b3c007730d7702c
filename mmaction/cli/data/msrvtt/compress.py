"""Smaller videos or images: ``python tools/data/msrvtt/compress.py --input_root VIDEOS --output_root SMALL ...``."""

from __future__ import annotations

import argparse
import os.path as osp
from functools import partial
from pathlib import Path

from mmaction.cli.args import check_at_least_one
from mmaction.cli.command import entry_points
from mmaction.distributed.jobs import Job, complete_or_absent, do_jobs

HELP = 'Re-encode videos or images at a smaller size'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/msrvtt/compress.py``."""
    parser.add_argument('--input_root', required=True, help='folder of the files, at any depth')
    parser.add_argument('--input_file_list_path', help='text file of the paths below input_root to take; default: all')
    parser.add_argument('--output_root', required=True, help='folder to write to, with the same paths below it')
    parser.add_argument('--size', type=int, default=224, help='short side in pixels')
    parser.add_argument('--num_workers', type=int, default=24, help='processes')
    parser.add_argument('--fps', type=int, default=3, help='frames per second of the videos')
    parser.add_argument('--file_type', choices=['image', 'video'], default='video', help='kind of the files')


def run(args: argparse.Namespace) -> None:
    """Write the files that do not exist."""
    from mmaction.datasets.official.captions import read_names
    from mmaction.datasets.official.missing import files_below
    from mmaction.video import IMAGE_SUFFIXES, VIDEO_SUFFIXES

    check_at_least_one(args, 'size', 'fps')
    suffixes = VIDEO_SUFFIXES if args.file_type == 'video' else IMAGE_SUFFIXES
    if args.input_file_list_path:
        paths = read_names(args.input_file_list_path)
    else:
        paths = files_below(args.input_root, suffixes)
    if not paths:
        raise FileNotFoundError(f'There is no {args.file_type} in {args.input_root}.')
    jobs = [Job(osp.join(args.input_root, path), osp.join(args.output_root, path)) for path in paths]
    work = (
        partial(_video, fps=args.fps, size=args.size) if args.file_type == 'video' else partial(_image, size=args.size)
    )
    do_jobs(jobs, work, args.num_workers, 'Compressing')


def _video(job: Job, fps: int, size: int) -> None:
    from mmaction.video.cut import cut_video

    cut_video(job.source, job.target, fps=fps, short_side=size)


def _image(job: Job, size: int) -> None:
    from mmaction.video import write_image
    from mmaction.video.cut import resize_short_side
    from mmaction.video.images import decode_image

    image = decode_image(Path(job.source).read_bytes(), job.source)
    with complete_or_absent(job.target) as unfinished:
        write_image(unfinished, resize_short_side(image, size))


parse_args, main = entry_points(__name__)
