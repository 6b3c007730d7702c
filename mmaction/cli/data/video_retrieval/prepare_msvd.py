"""Captions of MSVD for retrieval: ``python tools/data/video_retrieval/prepare_msvd.py``."""

from __future__ import annotations

import argparse
import os.path as osp

from mmaction.cli.command import entry_points
from mmaction.cli.files import write_json

HELP = 'Write the captions of MSVD for VideoTextDataset'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/video_retrieval/prepare_msvd.py``."""
    parser.description = 'Write train.json, val.json and test.json of the files in msvd_data'
    parser.add_argument('--data-root', help='folder of the data set; default: data/video_retrieval/msvd')


def run(args: argparse.Namespace) -> None:
    """Write the captions."""
    from mmaction.datasets.official import captions
    from mmaction.datasets.official.folders import default_root

    root = args.data_root or default_root('video_retrieval/msvd')
    source = osp.join(root, 'msvd_data')
    texts = captions.read_msvd_captions(osp.join(source, 'raw-captions.pkl'))
    for part in ('train', 'val', 'test'):
        content = captions.msvd(texts, captions.read_names(osp.join(source, f'{part}_list.txt')))
        write_json(content, osp.join(root, f'{part}.json'))
        print(f'{part}.json: {len(content)} videos, {sum(map(len, content.values()))} captions')


parse_args, main = entry_points(__name__)
