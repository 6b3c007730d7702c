"""Annotation files of the localizers: ``python tools/data/activitynet/process_annotations.py``."""

from __future__ import annotations

import argparse
import csv
import os.path as osp
from collections.abc import Sequence

from mmaction.cli.command import entry_points
from mmaction.cli.files import read_json, write_json

HELP = 'Write annotation files for localizers'
_SPLITS = {'training': 'train', 'validation': 'val', 'testing': 'test'}
_COLUMNS = (0, 3, 4, 5)  # video, fps, rfps and subset in video_info_new.csv


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/activitynet/process_annotations.py``."""
    parser.description = 'Write anet_anno_{train,val,test,full}.json from anet_anno_action.json and video_info_new.csv'
    parser.add_argument('--data-dir', default='../../../data/ActivityNet', help='folder of these files')


def run(args: argparse.Namespace) -> None:
    """Write."""
    process(args.data_dir)


def process(data_dir: str) -> None:
    """Read ``anet_anno_action.json`` and ``video_info_new.csv`` of a folder, and write ``anet_anno_{split}.json``."""
    annotations = read_json(osp.join(data_dir, 'anet_anno_action.json'))
    with open(osp.join(data_dir, 'video_info_new.csv'), newline='') as file:
        rows = list(csv.reader(file))[1:]
    for name, videos in split_annotations(annotations, rows).items():
        write_json(videos, osp.join(data_dir, f'anet_anno_{name}.json'))
        print(f'anet_anno_{name}.json: {len(videos)} videos')


def split_annotations(annotations: dict[str, dict], rows: Sequence[Sequence[str]]) -> dict[str, dict[str, dict]]:
    """Split annotations, and add ``fps`` and ``rfps`` to each video.

    Args:
        annotations: by video.
        rows: of ``video_info_new.csv``, without its header; columns 0, 3, 4 and 5 are video, fps, rfps and subset.

    Returns:
        ``train``, ``val``, ``test`` and ``full``, each by video.

    Raises:
        ValueError: a row is too short, or its video has no annotation.
    """
    splits: dict[str, dict[str, dict]] = {name: {} for name in (*_SPLITS.values(), 'full')}
    for number, row in enumerate(rows, start=2):
        if len(row) <= max(_COLUMNS):
            raise ValueError(f'Line {number} of the video information has {len(row)} columns, at least 6 are needed.')
        video, fps, rfps, subset = (row[column] for column in _COLUMNS)
        if video not in annotations:
            raise ValueError(f'Video {video!r} (line {number} of the video information) is not annotated.')
        info = {**annotations[video], 'fps': float(fps), 'rfps': float(rfps)}
        splits['full'][video] = info
        if subset in _SPLITS:
            splits[_SPLITS[subset]][video] = info
    return splits


parse_args, main = entry_points(__name__)
