"""A single category of HVU: ``python tools/data/hvu/generate_sub_file_list.py data/hvu/hvu_train.json action``."""

from __future__ import annotations

import argparse
import os.path as osp
from collections.abc import Sequence

from mmaction.cli.command import entry_points
from mmaction.cli.files import read_json, write_json

HELP = 'Keep the clips with tags of a single category'
CATEGORIES = ('action', 'attribute', 'concept', 'event', 'object', 'scene')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/hvu/generate_sub_file_list.py``."""
    parser.add_argument('annotation_file', help='json of generate_file_list.py')
    parser.add_argument('category', choices=CATEGORIES)


def run(args: argparse.Namespace) -> None:
    """Write the annotation file of the category."""
    target = sub_file(args.annotation_file, args.category)
    records = read_json(args.annotation_file)
    kept = sub_list(records, args.category)
    write_json(kept, target)
    print(f'{len(kept)} of {len(records)} clips -> {target}')


def sub_list(entries: Sequence[dict], category: str) -> list[dict]:
    """Keep the records that have tags of ``category``, which become their label."""
    return [entry | dict(label=entry['label'][category]) for entry in entries if category in entry['label']]


def sub_file(path: str, category: str) -> str:
    """Name the file to write: ``hvu_train.json`` -> ``hvu_action_train.json`` beside it.

    Raises:
        ValueError: the name does not contain "hvu".
    """
    folder, name = osp.split(path)
    if 'hvu' not in name:
        raise ValueError(f'The name of the annotation file ({name}) must contain "hvu", such as hvu_train.json.')
    return osp.join(folder, name.replace('hvu', f'hvu_{category}'))


parse_args, main = entry_points(__name__)
