"""Cutting the parts of FineGym."""

from __future__ import annotations

import argparse
import os.path as osp
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmaction.distributed.jobs import Job, do_jobs

if TYPE_CHECKING:
    from mmaction.datasets.official.gym import Part


@dataclass(frozen=True)
class CutJob(Job):
    """A part [start_sec, end_sec) of the source to write to the target."""

    start_sec: float = 0.0
    end_sec: float = 0.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``trim_event.py`` and ``trim_subaction.py``."""
    parser.add_argument('--data-root', help='folder of the data set; default: data/gym')
    parser.add_argument('--num-workers', type=int, default=0, help='processes; 0: this one alone')


def cut_parts(parts: Iterable[Part], source: str, target: str, num_workers: int, description: str) -> None:
    """Cut parts of the videos ``source/VIDEO.mp4`` to ``target/NAME.mp4``; existing ones are kept."""
    jobs = [
        CutJob(
            osp.join(source, f'{part.video}.mp4'), osp.join(target, f'{part.name}.mp4'), part.start_sec, part.end_sec
        )
        for part in parts
    ]
    do_jobs(jobs, _cut, num_workers, description)


def _cut(job: Job) -> None:
    from mmaction.video.cut import cut_video

    assert isinstance(job, CutJob)
    cut_video(job.source, job.target, job.start_sec, job.end_sec)
