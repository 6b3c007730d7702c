"""Videos of ActivityNet: ``python tools/data/activitynet/download.py``."""

from __future__ import annotations

import argparse
import csv
import json
import os
import os.path as osp
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from mmaction.cli.command import entry_points

HELP = 'Download the videos of ActivityNet with yt-dlp'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/activitynet/download.py``."""
    parser.add_argument(
        '--bsn',
        action='store_true',
        help='the videos of video_info_new.csv, and fps of each into anet_anno_{split}.json',
    )
    parser.add_argument('--data-dir', default='../../../data/ActivityNet', help='folder of the annotations')
    parser.add_argument('--num-jobs', type=int, default=24, help='downloads at a time')


def video_names(data_dir: str, bsn: bool) -> list[str]:
    """Names of the videos, beginning with ``v_``."""
    if bsn:
        with open(osp.join(data_dir, 'video_info_new.csv'), newline='') as file:
            return [row[0] for row in list(csv.reader(file))[1:] if row]
    with open(osp.join(data_dir, 'activity_net.v1-3.min.json')) as file:
        return [f'v_{name}' for name in json.load(file)['database']]


def download_video(program: str, name: str, folder: str) -> str | None:
    """Fetch one video; the reason where that did not work."""
    target = osp.join(folder, f'{name}.mp4')
    if osp.exists(target):
        return None
    address = f'https://www.youtube.com/watch?v={name[2:]}'
    done = subprocess.run(
        [program, '--quiet', '--no-warnings', '-f', 'mp4', '-o', target, address], capture_output=True, text=True
    )
    return None if done.returncode == 0 else (done.stderr.strip() or f'{program} ended with {done.returncode}')


def run(args: argparse.Namespace) -> None:
    """Download."""
    program = shutil.which('yt-dlp') or shutil.which('youtube-dl')
    if program is None:
        raise FileNotFoundError('yt-dlp is needed to download videos. Install it with: pip install yt-dlp')
    names = video_names(args.data_dir, args.bsn)
    folder = osp.join(args.data_dir, 'videos')
    os.makedirs(folder, exist_ok=True)
    from mmaction.utils.progress import track

    with ThreadPoolExecutor(args.num_jobs) as pool:
        results = pool.map(lambda name: download_video(program, name, folder), names)
        reasons = dict(zip(names, track(results, 'Downloading', total=len(names))))
    failed = {name: reason for name, reason in reasons.items() if reason}
    report = osp.join(args.data_dir, 'download_report.json')
    with open(report, 'w') as file:
        json.dump(reasons, file)
    print(f'{len(names) - len(failed)} of {len(names)} videos are in {folder}; the others are in {report}.')
    if args.bsn:
        from mmaction.cli.data.activitynet import process_annotations

        process_annotations.main(['--data-dir', args.data_dir])


parse_args, main = entry_points(__name__)
