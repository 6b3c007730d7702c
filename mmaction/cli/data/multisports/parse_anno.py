"""Annotation of MultiSports: ``python tools/data/multisports/parse_anno.py``."""

from __future__ import annotations

import argparse
import os.path as osp
import shutil

from mmaction.cli.command import entry_points
from mmaction.cli.files import write_pickle
from mmaction.utils.files import complete_or_absent

HELP = "Write the annotation of MultiSports in AVA's format"
TRUTH = 'multisports_GT.pkl'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/multisports/parse_anno.py``."""
    parser.add_argument('--data-root', default='data/multisports', help=f'folder of trainval/{TRUTH}')
    parser.add_argument('--out-root', default='data/multisports', help='folder of annotations, which is written')
    parser.add_argument(
        '--dump-proposals', action='store_true', help='also write the annotated boxes as proposals, with the score 1'
    )


def run(args: argparse.Namespace) -> None:
    """Write csv files and proposals, and copy the ground truth beside them."""
    from mmaction.datasets.preparation.multisports import box_lines, box_proposals
    from mmaction.utils.tube_files import read_tubes

    source = osp.join(args.data_root, 'trainval', TRUTH)
    annotation = read_tubes(source)
    folder = osp.join(args.out_root, 'annotations')
    for split, videos in (('train', annotation.train_videos[0]), ('val', annotation.test_videos[0])):
        path = osp.join(folder, f'multisports_{split}.csv')
        lines = box_lines(annotation, videos)
        with complete_or_absent(path) as unfinished, open(unfinished, 'w', encoding='utf-8') as file:
            file.writelines(f'{line}\n' for line in lines)
        print(f'{path}: {len(lines)} boxes in {len(videos)} videos')
        if args.dump_proposals:
            write_pickle(box_proposals(annotation, videos), osp.join(folder, f'multisports_proposals_{split}.pkl'))
    copy = osp.join(folder, TRUTH)
    if osp.abspath(copy) != osp.abspath(source):
        shutil.copyfile(source, copy)


parse_args, main = entry_points(__name__)
