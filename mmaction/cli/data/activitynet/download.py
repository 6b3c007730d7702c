"""Videos of ActivityNet: ``python tools/data/activitynet/download.py``."""

from __future__ import annotations

import argparse
import csv
import os
import os.path as osp
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from mmaction.cli.command import entry_points
from mmaction.cli.data.activitynet import process_annotations
from mmaction.cli.files import download_from_youtube, find_program, read_json, write_json
from mmaction.utils.progress import track

HELP = 'Download the videos of ActivityNet with yt-dlp'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/activitynet/download.py``."""
    parser.add_argument(
        '--bsn',
        action='store_true',
        help='the videos of video_info_new.csv; also write the fps of each into anet_anno_{split}.json',
    )
    parser.add_argument('--data-dir', default='../../../data/ActivityNet', help='folder of the annotation files')
    parser.add_argument('--num-jobs', type=int, default=24, help='parallel downloads')


def run(args: argparse.Namespace) -> None:
    """Download, and write a report of failures."""
    program = find_program('pip install yt-dlp', 'yt-dlp', 'youtube-dl')
    names = video_names(args.data_dir, args.bsn)
    folder = osp.join(args.data_dir, 'videos')
    os.makedirs(folder, exist_ok=True)
    with ThreadPoolExecutor(args.num_jobs) as pool:
        results = pool.map(partial(download_video, program, folder=folder), names)
        reasons = dict(zip(names, track(results, 'Downloading', total=len(names))))
    failed = sum(reason is not None for reason in reasons.values())
    report = osp.join(args.data_dir, 'download_report.json')
    write_json(reasons, report)
    print(f'{len(names) - failed} of {len(names)} videos are in {folder}; the others are in {report}.')
    if args.bsn:
        process_annotations.process(args.data_dir)


def video_names(data_dir: str, bsn: bool) -> list[str]:
    """Read the names of the videos, which start with ``v_``."""
    if bsn:
        with open(osp.join(data_dir, 'video_info_new.csv'), newline='') as file:
            return [row[0] for row in list(csv.reader(file))[1:] if row]
    return [f'v_{name}' for name in read_json(osp.join(data_dir, 'activity_net.v1-3.min.json'))['database']]


def download_video(program: str, name: str, folder: str) -> str | None:
    """Download a video if it does not exist; returns the reason of a failure."""
    target = osp.join(folder, f'{name}.mp4')
    if osp.exists(target):
        return None
    return download_from_youtube(program, name[2:], ['--output', target])


parse_args, main = entry_points(__name__)
