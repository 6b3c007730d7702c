"""Predictions on new videos for an annotation tool: ``mmaction annotate VIDEOS --model RUN --to FORMAT --out FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmaction.cli.args import add_compile

HELP = 'Annotate new videos by a model of your own, for an annotation tool'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mmaction annotate``."""
    parser.description = (
        'Predict new videos by a run of mmaction fit, and write the predictions in the format of an annotation tool, '
        'to correct instead of to label. They carry the name of the model; all that an existing file has stays in it.'
    )
    parser.add_argument('videos', nargs='+', help='videos, folders of them, or lists of paths (.txt)')
    parser.add_argument('--model', dest='run', type=Path, required=True, help='folder of the run')
    parser.add_argument('--to', required=True, help='format to write, as of mmaction data export')
    parser.add_argument('--out', type=Path, required=True, help='file; a folder where a file describes one video')
    parser.add_argument('--into', type=Path, help='existing file or folder whose content stays in what is written')
    parser.add_argument('--min-score', type=float, default=0.0, help='leave out segments with a lower score')
    parser.add_argument('--min-sec', type=float, default=0.0, help='leave out shorter segments')
    parser.add_argument('--cache', type=Path, help='folder to keep the features in; default: that of mmaction fit')
    parser.add_argument('--device', help='of the encoder: cpu, cuda:0, ...; default: a GPU if there is one')
    add_compile(parser)


def run(args: argparse.Namespace) -> None:
    """Write the file, and report the videos that cannot be read; the exit code is 1 if there are any."""
    from mmaction.annotations.prepare import table_of
    from mmaction.study.annotate import Annotate, annotate_videos

    result = annotate_videos(Annotate(**vars(args)))
    for reason in result.failures:
        print(f'not read: {reason}')
    table = table_of(result.findings)
    if table:
        print(table)
    count = sum(len(video.segments) or len(video.labels) for video in result.videos)
    print(f'{count} predictions in {len(result.videos)} videos')
    for path in result.written:
        print(path)
    if result.failures:
        raise SystemExit(1)
