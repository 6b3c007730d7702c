"""Untrimmed web videos as clips of 10 s: ``python tools/data/omnisource/trim_raw_video.py VIDEO``."""

from __future__ import annotations

import argparse
import os
import os.path as osp

from mmaction.cli.command import entry_points

HELP = 'Cut a video into clips of 10 seconds'
_SECONDS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/omnisource/trim_raw_video.py``."""
    parser.description = 'Cut VIDEO.mp4 into VIDEO/part_0.mp4, part_1.mp4, ... of 10 s each, and delete it then'
    parser.add_argument('video', help='the video')
    parser.add_argument('--keep', action='store_true', help='do not delete the video')


def run(args: argparse.Namespace) -> None:
    """Cut."""
    from mmaction.video import open_video
    from mmaction.video.cut import cut_video

    folder = osp.splitext(args.video)[0]
    with open_video(args.video) as reader:
        duration = reader.num_frames / reader.avg_fps if reader.avg_fps > 0 else 0.0
        tolerance = 0.5 / (reader.avg_fps or 1)
    number = 0
    while number == 0 or number * _SECONDS < duration - tolerance:
        start = number * _SECONDS
        cut_video(args.video, osp.join(folder, f'part_{number}.mp4'), start, start + _SECONDS)
        number += 1
    print(f'{number} clips are in {folder}.')
    if not args.keep:
        os.unlink(args.video)


parse_args, main = entry_points(__name__)
