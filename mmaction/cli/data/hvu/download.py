"""Clips of HVU: ``python tools/data/hvu/download.py CSV VIDEOS``."""

from __future__ import annotations

import argparse
import os.path as osp

from mmaction.cli.command import entry_points

HELP = 'List the clips of HVU that are missing'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/hvu/download.py``."""
    parser.description = 'List the clips of HVU that are missing, as a csv; they are not fetched from video sites'
    parser.add_argument('input_csv', help='hvu_train.csv or hvu_val.csv')
    parser.add_argument('output_dir', help='folder of the clips, named VIDEO_START_END.mp4')
    parser.add_argument('-f', '--trim-format', default='%06d', help='format of the times in messages')
    parser.add_argument('-n', '--num-jobs', type=int, default=24, help='accepted, and without effect')
    parser.add_argument('-t', '--tmp-dir', default='/tmp/hvu', help='accepted, and without effect')


def run(args: argparse.Namespace) -> None:
    """List."""
    from mmaction.datasets.official.clips import key_of_name, read_clips, write_clips
    from mmaction.datasets.official.missing import missing_report, stems_in

    clips = read_clips(args.input_csv, 'Tags')
    existing = {key_of_name(stem) for stem in stems_in(args.output_dir)}
    missing = [clip for clip in clips if clip.key not in existing]
    path = f'{osp.normpath(args.output_dir)}_missing.csv'
    if missing:
        write_clips(missing, path, 'Tags')
    source = (
        'Request them from the authors (https://github.com/holistic-video-understanding/HVU-Dataset), and name them '
        'VIDEO_START_END.mp4. Clips of Kinetics that you have already may be linked.'
    )
    names = [clip.name(args.trim_format) for clip in missing]
    print(missing_report(names, len(clips), args.output_dir, path, source))


parse_args, main = entry_points(__name__)
