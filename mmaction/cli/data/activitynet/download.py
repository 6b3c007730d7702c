"""Videos of ActivityNet: ``python tools/data/activitynet/download.py``."""

from __future__ import annotations

import argparse
import csv
import os.path as osp

from mmaction.cli.command import entry_points
from mmaction.cli.data.activitynet import process_annotations
from mmaction.cli.files import read_json, report_missing_videos

HELP = 'List the videos of ActivityNet that are missing'
_SOURCE = 'Request them at http://activity-net.org/download.html, and name them v_ID.mp4.'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/activitynet/download.py``."""
    parser.description = 'List the videos of ActivityNet that are missing; they are not fetched from video sites'
    parser.add_argument(
        '--bsn',
        action='store_true',
        help='the videos of video_info_new.csv; also write the fps of each into anet_anno_{split}.json',
    )
    parser.add_argument('--data-dir', default='../../../data/ActivityNet', help='folder of the annotation files')
    parser.add_argument('--num-jobs', type=int, default=24, help='accepted, and without effect')


def run(args: argparse.Namespace) -> None:
    """List."""
    report_missing_videos(video_names(args.data_dir, args.bsn), osp.join(args.data_dir, 'videos'), _SOURCE)
    if args.bsn:
        process_annotations.process(args.data_dir)


def video_names(data_dir: str, bsn: bool) -> list[str]:
    """Read the names of the videos, which start with ``v_``."""
    if bsn:
        with open(osp.join(data_dir, 'video_info_new.csv'), newline='') as file:
            return [row[0] for row in list(csv.reader(file))[1:] if row]
    return [f'v_{name}' for name in read_json(osp.join(data_dir, 'activity_net.v1-3.min.json'))['database']]


def download_video(program: str, name: str, folder: str) -> str | None:
    """Return None for a video that exists, else the reason why it does not; ``program`` is not called any more."""
    return None if osp.exists(osp.join(folder, f'{name}.mp4')) else f'{name} is missing. {_SOURCE}'


parse_args, main = entry_points(__name__)
