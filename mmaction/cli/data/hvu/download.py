"""Clips of HVU from YouTube: ``python tools/data/hvu/download.py CSV VIDEOS``."""

from __future__ import annotations

import argparse
import os.path as osp
from functools import partial

from mmaction.cli.command import entry_points
from mmaction.cli.data.hvu._clips import read_clips
from mmaction.cli.files import download_from_youtube, find_program
from mmaction.distributed.jobs import Job, complete_or_absent, do_jobs

HELP = 'Download the clips of HVU with yt-dlp and ffmpeg'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/hvu/download.py``."""
    parser.add_argument('input_csv', help='hvu_train.csv or hvu_val.csv')
    parser.add_argument('output_dir', help='folder of the clips, named VIDEO_START_END.mp4')
    parser.add_argument('-f', '--trim-format', default='%06d', help='format of the times in the names')
    parser.add_argument('-n', '--num-jobs', type=int, default=24, help='parallel downloads')
    parser.add_argument('-t', '--tmp-dir', default='/tmp/hvu', help='folder of incomplete downloads')


def run(args: argparse.Namespace) -> None:
    """Download the clips that do not exist."""
    program = find_program('pip install yt-dlp', 'yt-dlp')
    find_program('your package manager', 'ffmpeg')
    jobs = []
    for clip in read_clips(args.input_csv):
        target = osp.join(args.output_dir, f'{clip.name(args.trim_format)}.mp4')
        jobs.append(Job(f'{clip.youtube_id} {clip.start_sec} {clip.end_sec}', target))
    work = partial(_work, program=program, tmp_dir=args.tmp_dir)
    do_jobs(jobs, work, args.num_jobs, 'Downloading')


def _work(job: Job, program: str, tmp_dir: str) -> None:
    video, start, end = job.source.rsplit(' ', 2)
    with complete_or_absent(job.target) as unfinished:
        section = ('--download-sections', f'*{start}-{end}', '--force-keyframes-at-cuts')
        places = ('--paths', f'temp:{osp.abspath(tmp_dir)}', '--output', osp.abspath(unfinished))
        reason = download_from_youtube(program, video, [*section, *places])
        if reason:
            raise OSError(reason)


parse_args, main = entry_points(__name__)
