"""Annotation of the clips of Kinetics: ``python tools/data/ava_kinetics/prepare_annotation.py``."""

from __future__ import annotations

import argparse
import os
import os.path as osp

from mmaction.cli.command import entry_points
from mmaction.cli.data.ava_kinetics._arguments import TRAIN, add_annotation, add_root, add_workers, annotation_file
from mmaction.utils.files import complete_or_absent

HELP = "Write the annotation of Kinetics in AVA's format"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/ava_kinetics/prepare_annotation.py``."""
    add_annotation(parser)
    add_workers(parser)
    add_root(parser)


def run(args: argparse.Namespace) -> None:
    """Write ``kinetics_train.csv``."""
    from mmaction.datasets.preparation.ava_kinetics import FRAMES, annotation_lines, read_kinetics_boxes

    frames = osp.join(args.avakinetics_root, FRAMES)
    if not osp.isdir(frames):
        raise FileNotFoundError(f'There is no folder {frames}. Run cut_kinetics.py and extract_rgb_frames.py first.')
    lines = annotation_lines(read_kinetics_boxes(annotation_file(args)), os.listdir(frames))
    path = osp.join(args.avakinetics_root, TRAIN)
    with complete_or_absent(path) as unfinished, open(unfinished, 'w', encoding='utf-8') as file:
        file.writelines(f'{line}\n' for line in lines)
    print(f'{path}: {len(lines)} lines')


parse_args, main = entry_points(__name__)
