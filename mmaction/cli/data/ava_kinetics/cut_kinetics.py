"""Clips of AVA-Kinetics: ``python tools/data/ava_kinetics/cut_kinetics.py --kinetics_list LIST``."""

from __future__ import annotations

import argparse
import os.path as osp
from functools import partial
from typing import TYPE_CHECKING

from mmaction.cli.command import entry_points
from mmaction.cli.data.ava_kinetics._arguments import (
    add_annotation,
    add_root,
    add_workers,
    annotation_file,
    number_of_workers,
)
from mmaction.distributed.jobs import Job, do_jobs
from mmaction.utils.labels import read_labels

if TYPE_CHECKING:
    from mmaction.datasets.preparation.ava_kinetics import Cut

HELP = 'Cut annotated seconds out of clips of Kinetics-700'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/ava_kinetics/cut_kinetics.py``."""
    add_annotation(parser)
    parser.add_argument(
        '--kinetics_list', required=True, help='text file with the path of a clip of Kinetics-700 per line'
    )
    add_workers(parser)
    add_root(parser)


def run(args: argparse.Namespace) -> None:
    """Cut, and list the annotated videos that there is no clip of."""
    from mmaction.datasets.preparation.ava_kinetics import find_cuts, read_kinetics_boxes

    boxes = read_kinetics_boxes(annotation_file(args))
    cuts = {cut.name: cut for cut in find_cuts(boxes, read_labels(args.kinetics_list))}
    targets = {osp.join(args.avakinetics_root, 'videos', f'{name}.mp4'): cut for name, cut in cuts.items()}
    jobs = [Job(cut.source, target) for target, cut in targets.items()]
    do_jobs(jobs, partial(_work, cuts=targets), number_of_workers(args), 'Cutting')
    missing = sorted({box.youtube_id for box in boxes} - {cut.youtube_id for cut in cuts.values()})
    if missing:
        path = osp.join(args.avakinetics_root, 'kinetics_missing.txt')
        with open(path, 'w', encoding='utf-8') as file:
            file.writelines(f'{name}\n' for name in missing)
        print(f'There is no clip of {len(missing)} annotated videos; {path} has their ids. They are left out.')


def _work(job: Job, cuts: dict[str, Cut]) -> None:
    from mmaction.datasets.preparation.ava_kinetics import cut_clip

    cut_clip(cuts[job.target], job.target)


parse_args, main = entry_points(__name__)
