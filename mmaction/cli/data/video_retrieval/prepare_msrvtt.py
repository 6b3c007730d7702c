"""Captions of MSR-VTT for retrieval: ``python tools/data/video_retrieval/prepare_msrvtt.py``."""

from __future__ import annotations

import argparse
import os.path as osp

from mmaction.cli.command import entry_points
from mmaction.cli.files import read_json, write_json

HELP = 'Write the captions of MSR-VTT for VideoTextDataset'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/video_retrieval/prepare_msrvtt.py``."""
    parser.description = 'Write train_9k.json, train_7k.json and test_JSFUSION.json of the files in msrvtt_data'
    parser.add_argument('--data-root', help='folder of the data set; default: data/video_retrieval/msrvtt')


def run(args: argparse.Namespace) -> None:
    """Write the captions."""
    from mmaction.datasets.official import captions
    from mmaction.datasets.official.folders import default_root

    root = args.data_root or default_root('video_retrieval/msrvtt')
    source = osp.join(root, 'msrvtt_data')
    data = read_json(osp.join(source, 'MSRVTT_data.json'), 'captions of MSR-VTT (msrvtt_data.zip)')
    found = {}
    for size in ('9k', '7k'):
        videos = captions.read_column(osp.join(source, f'MSRVTT_train.{size}.csv'), 'video_id')
        found[f'train_{size}'] = captions.msrvtt_train(data, videos)
    found['test_JSFUSION'] = captions.msrvtt_test(osp.join(source, 'MSRVTT_JSFUSION_test.csv'))
    for name, content in found.items():
        write_json(content, osp.join(root, f'{name}.json'))
        print(f'{name}.json: {len(content)} videos, {sum(map(len, content.values()))} captions')


parse_args, main = entry_points(__name__)
