"""Videos of AVA: ``python tools/data/ava/download_videos_parallel.py LIST VIDEOS``."""

from __future__ import annotations

import argparse
import os
import os.path as osp
import time
from functools import partial

from mmaction.cli.args import check_at_least_one
from mmaction.cli.command import entry_points
from mmaction.distributed.jobs import Job, do_jobs
from mmaction.utils.labels import read_labels

HELP = 'Download the videos of AVA from the CVDF mirror'
MIRROR = 'https://s3.amazonaws.com/ava-dataset/trainval'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/ava/download_videos_parallel.py``."""
    parser.add_argument('source_file', help='list of file names, ava_file_names_trainval_v2.1.txt')
    parser.add_argument('output_dir', help='folder of the videos')
    parser.add_argument('-n', '--num-jobs', type=int, default=24, help='parallel downloads; 0 works in this process')
    parser.add_argument('--num-attempts', type=int, default=5, help='attempts for each video')
    parser.add_argument('--mirror', default=MIRROR, help='URL of the folder of the videos')


def run(args: argparse.Namespace) -> None:
    """Download what is missing, and list what could not be fetched."""
    check_at_least_one(args, 'num_attempts')
    names = read_labels(args.source_file)
    jobs = [Job(f'{args.mirror.rstrip("/")}/{name}', osp.join(args.output_dir, name)) for name in names]
    do_jobs(jobs, partial(_work, attempts=args.num_attempts), args.num_jobs, 'Downloading')
    missing = [job for job in jobs if not osp.exists(job.target)]
    path = osp.join(args.output_dir, 'missing.txt')
    if missing:
        with open(path, 'w', encoding='utf-8') as file:
            file.writelines(f'{osp.basename(job.target)}\n' for job in missing)
        print(f'{len(missing)} of {len(jobs)} videos are missing; {path} lists them. Run the command again with it.')
    elif osp.exists(path):
        os.unlink(path)


def _work(job: Job, attempts: int) -> None:
    from mmaction.utils.download import download_file

    for attempt in range(1, attempts + 1):
        try:
            download_file(job.source, job.target)
            return
        except OSError:
            if attempt == attempts:
                raise
            time.sleep(attempt)  # a server that is busy gets longer and longer pauses


parse_args, main = entry_points(__name__)
