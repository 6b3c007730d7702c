"""Videos of folders of frames: ``python tools/data/build_videos.py FRAMES VIDEOS --level 2``."""

from __future__ import annotations

import argparse
import os
from functools import partial

from mmaction.cli.args import check_at_least_one
from mmaction.cli.command import entry_points
from mmaction.cli.data._jobs import add_job_arguments, never, run_jobs
from mmaction.cli.errors import UsageError
from mmaction.distributed.jobs import Job, complete_or_absent, find_folder_jobs

HELP = 'Encode folders of frames as videos'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/build_videos.py``."""
    parser.add_argument('src_dir', help='folder with one folder of frames per video')
    parser.add_argument('out_dir', help='folder to write to')
    parser.add_argument('--fps', type=int, default=30, help='frames per second; default: 30')
    parser.add_argument(
        '--level', type=int, choices=[1, 2], default=2, help='1: SRC/clip/; 2: SRC/class/clip/; default: 2'
    )
    add_job_arguments(parser)
    parser.add_argument('--in-format', choices=['jpg', 'png'], default='jpg', help='of the frames; default: jpg')
    parser.add_argument('--start-idx', type=int, default=0, help='number of the first frame; default: 0')
    parser.add_argument(
        '--filename-tmpl', default='img_%05d', help='names of the frames, without suffix; default: img_%%05d'
    )
    parser.add_argument('--vcodec', default='mpeg4', help='encoder of FFmpeg: mpeg4, libx264, ...; default: mpeg4')
    parser.add_argument('--ext', choices=['mp4', 'avi'], default='mp4', help='of the videos; default: mp4')
    parser.add_argument('--num-gpu', type=int, default=8, help='accepted and ignored: videos are encoded on the CPU')
    parser.add_argument('--resume', action='store_true', help='keep the videos that exist already')


def run(args: argparse.Namespace) -> None:
    """Encode all folders."""
    import av

    check_at_least_one(args, 'fps')
    if args.vcodec not in av.codecs_available:
        raise UsageError(f'--vcodec {args.vcodec}: this FFmpeg has no such encoder; mpeg4 and libx264 are common')
    try:
        name = args.filename_tmpl % 1
    except (TypeError, ValueError) as error:
        raise UsageError(f'--filename-tmpl {args.filename_tmpl!r} is no pattern of one number: {error}') from error
    if name == args.filename_tmpl % 2:
        raise UsageError(f'--filename-tmpl {args.filename_tmpl!r} lacks the number, as in img_%05d')
    jobs = find_folder_jobs(args.src_dir, args.out_dir, args.level, f'.{args.ext}')
    run_jobs(args, jobs, partial(_work, args=args), 'Encoding', None if args.resume else never)


def _work(job: Job, args: argparse.Namespace) -> None:
    from mmaction.video import write_video
    from mmaction.video.images import decode_image

    def frames():
        number = args.start_idx
        while os.path.exists(path := os.path.join(job.source, f'{args.filename_tmpl % number}.{args.in_format}')):
            with open(path, 'rb') as file:
                yield decode_image(file.read(), path)
            number += 1
        if number == args.start_idx:
            raise FileNotFoundError(f'There is no {path}. Check --start-idx, --filename-tmpl and --in-format.')

    options = {'qscale': '3'} if args.vcodec == 'mpeg4' else {}
    with complete_or_absent(job.target) as unfinished:
        write_video(unfinished, frames(), args.fps, args.vcodec, options=options)


parse_args, main = entry_points(__name__)
