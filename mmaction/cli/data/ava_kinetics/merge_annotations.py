"""AVA and Kinetics together: ``python tools/data/ava_kinetics/merge_annotations.py``."""

from __future__ import annotations

import argparse
import os.path as osp

from mmaction.cli.command import entry_points
from mmaction.cli.data.ava_kinetics._arguments import PROPOSALS, TRAIN, add_root
from mmaction.cli.files import write_pickle
from mmaction.utils.files import complete_or_absent

HELP = 'Merge the annotations and proposals of AVA and Kinetics'
AVA_TRAIN = 'ava_train_v2.2.csv'
AVA_PROPOSALS = 'ava_dense_proposals_train.FAIR.recall_93.9.pkl'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/ava_kinetics/merge_annotations.py``."""
    add_root(parser)


def run(args: argparse.Namespace) -> None:
    """Write both files below ``annotations``; links to the files of AVA, which stay as they are, are replaced."""
    from mmaction.datasets.preparation.ava_kinetics import LABELS, merge_lines, merge_proposals
    from mmaction.utils.ava_files import read_text
    from mmaction.utils.plain_pickle import load_plain_pickle

    root = args.avakinetics_root
    path = osp.join(root, LABELS, AVA_TRAIN)
    remedy = 'softlink_ava.py puts it there'
    lines = merge_lines(read_text(osp.join(root, TRAIN), TRAIN), read_text(path, f'{AVA_TRAIN}: {remedy}'))
    with complete_or_absent(path) as unfinished, open(unfinished, 'w', encoding='utf-8') as file:
        file.writelines(f'{line}\n' for line in lines)
    print(f'{path}: {len(lines)} lines')
    path = osp.join(root, LABELS, AVA_PROPOSALS)
    proposals = merge_proposals(load_plain_pickle(osp.join(root, PROPOSALS)), load_plain_pickle(path))
    write_pickle(proposals, path)
    print(f'{path}: {len(proposals)} frames')


parse_args, main = entry_points(__name__)
