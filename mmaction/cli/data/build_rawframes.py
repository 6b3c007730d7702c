"""Frames and optical flow of videos: ``python tools/data/build_rawframes.py VIDEOS FRAMES --task both --ext mp4``."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from mmaction.cli.command import entry_points
from mmaction.cli.data._jobs import add_job_arguments, never, run_jobs
from mmaction.cli.errors import UsageError
from mmaction.distributed.jobs import Job, find_folder_jobs, find_jobs

if TYPE_CHECKING:
    from mmaction.video.frame_files import Content, FrameFiles

HELP = 'Write the frames and the optical flow of videos'

_CONTENTS: dict[str, tuple[Content, ...]] = {'rgb': ('rgb',), 'flow': ('flow',), 'both': ('rgb', 'flow')}
_FLOW_TYPES = ('tvl1', 'warp_tvl1', 'farn', 'dis', 'brox')
_DEFAULT_FLOW = 'flow_{}_{:05d}'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/build_rawframes.py``."""
    parser.add_argument('src_dir', help='folder of the videos')
    parser.add_argument('out_dir', help='folder to write to: one folder of frames per video')
    parser.add_argument('--task', choices=_CONTENTS, default='flow', help='content to write; default: flow')
    parser.add_argument(
        '--level', type=int, choices=[1, 2], default=2, help='1: SRC/clip.mp4; 2: SRC/class/clip.mp4; default: 2'
    )
    add_job_arguments(parser, report_file='build_report.txt')
    parser.add_argument(
        '--flow-type', choices=_FLOW_TYPES, help='method of the optical flow; brox has none on a CPU; default: tvl1'
    )
    parser.add_argument('--flow-bound', type=float, default=20, help='px; longer flow is clipped; default: 20')
    parser.add_argument(
        '--flow-name',
        default=_DEFAULT_FLOW,
        help='names of the flow images, without suffix; "{}_{:05d}" are those that the flow configs read as they are',
    )
    parser.add_argument('--out-format', choices=['jpg', 'h5', 'png'], default='jpg', help='default: jpg')
    parser.add_argument('--ext', default='avi', help='suffix of the videos: avi, mp4, webm, mkv, ...; default: avi')
    parser.add_argument('--mixed-ext', action='store_true', help='take videos of any suffix, and ignore --ext')
    parser.add_argument('--new-width', type=int, default=0, help='width of the frames, px, with --new-height')
    parser.add_argument('--new-height', type=int, default=0, help='height of the frames, px, with --new-width')
    parser.add_argument('--new-short', type=int, default=0, help='shorter side of the frames, px; keeps the ratio')
    parser.add_argument('--num-gpu', type=int, default=8, help='accepted and ignored: flow is computed on the CPU')
    parser.add_argument('--resume', action='store_true', help='keep the frames that exist already')
    parser.add_argument('--use-opencv', action='store_true', help='decode with OpenCV; default: with PyAV')
    parser.add_argument(
        '--input-frames', action='store_true', help='SRC holds folders of frames instead of videos; OUT may equal SRC'
    )


def run(args: argparse.Namespace) -> None:
    """Write the files of all videos."""
    from mmaction.video.frame_files import FrameFiles, FrameSize
    from mmaction.video.suffixes import VIDEO_SUFFIXES

    if args.flow_type == 'brox':
        raise UsageError("--flow-type brox needs OpenCV's CUDA modules, which no pip package has; tvl1 is the closest")
    files = FrameFiles(
        _CONTENTS[args.task],
        args.flow_type or 'tvl1',
        args.flow_bound,
        args.out_format,
        FrameSize(args.new_width, args.new_height, args.new_short),
        flow_name=args.flow_name,
        backend='opencv' if args.use_opencv else 'pyav',
    )
    if args.input_frames:
        # In place, frames that are sources would be replaced by themselves.
        jobs = find_folder_jobs(args.src_dir, args.out_dir, args.level, in_place=args.task == 'flow')
    else:
        suffixes = VIDEO_SUFFIXES if args.mixed_ext else args.ext
        jobs = find_jobs(args.src_dir, args.out_dir, args.level, suffixes, '')
    work = partial(_work, files=files, resume=args.resume)
    run_jobs(args, jobs, work, f'Extracting {args.task}', partial(_is_done, files=files) if args.resume else never)


def _is_done(job: Job, files: FrameFiles) -> bool:
    return not files.missing(job.target)


def _work(job: Job, files: FrameFiles, resume: bool) -> None:
    files.write(job.source, job.target, resume)


parse_args, main = entry_points(__name__)
