"""Videos of FineGym: ``python tools/data/gym/download.py annotation.json VIDEOS``."""

from __future__ import annotations

import argparse

from mmaction.cli.command import entry_points
from mmaction.cli.files import read_json, report_missing_videos

HELP = 'List the videos of FineGym that are missing'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/gym/download.py``."""
    parser.description = 'List the videos of FineGym that are missing; they are not fetched from video sites'
    parser.add_argument('input', help='annotation.json of download_annotations.sh')
    parser.add_argument('output_dir', help='folder of the videos, named ID.mp4')
    parser.add_argument('-n', '--num-jobs', type=int, default=24, help='accepted, and without effect')


def run(args: argparse.Namespace) -> None:
    """List."""
    source = 'Request them from the authors (https://sdolivia.github.io/FineGym), and name them ID.mp4.'
    report_missing_videos(list(read_json(args.input)), args.output_dir, source)


parse_args, main = entry_points(__name__)
