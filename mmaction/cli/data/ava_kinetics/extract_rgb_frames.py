"""Frames of AVA-Kinetics: ``python tools/data/ava_kinetics/extract_rgb_frames.py``."""

from __future__ import annotations

import argparse
import os.path as osp

from mmaction.cli.command import entry_points
from mmaction.cli.data.ava_kinetics._arguments import add_root, add_workers, number_of_workers
from mmaction.distributed.jobs import Job, do_jobs, find_jobs

HELP = 'Write the frames of the clips of AVA-Kinetics'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/ava_kinetics/extract_rgb_frames.py``."""
    add_root(parser)
    add_workers(parser)


def run(args: argparse.Namespace) -> None:
    """Write a folder of frames for each clip."""
    videos, frames = (osp.join(args.avakinetics_root, name) for name in ('videos', 'rawframes'))
    jobs = find_jobs(videos, frames, 1, 'mp4', '')
    do_jobs(jobs, _work, number_of_workers(args), 'Extracting')


def _work(job: Job) -> None:
    from mmaction.datasets.preparation.ava_kinetics import write_frame_folder

    write_frame_folder(job.source, job.target)


parse_args, main = entry_points(__name__)
