"""One category of HVU alone: ``python tools/data/hvu/generate_sub_file_list.py data/hvu/hvu_train.json action``."""

from __future__ import annotations

import argparse
import json
import os.path as osp
from collections.abc import Sequence

from mmaction.cli.command import entry_points

CATEGORIES = ('action', 'attribute', 'concept', 'event', 'object', 'scene')


HELP = 'Keep the clips with tags of a category, and these tags'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/hvu/generate_sub_file_list.py``."""
    parser.add_argument('annotation_file', help='json of generate_file_list.py')
    parser.add_argument('category', choices=CATEGORIES)


def sub_list(entries: Sequence[dict], category: str) -> list[dict]:
    """The entries that have tags of ``category``, their label being the list of these."""
    return [entry | dict(label=entry['label'][category]) for entry in entries if category in entry['label']]


def sub_file(path: str, category: str) -> str:
    """Where the list goes: ``hvu_train.json`` -> ``hvu_action_train.json`` beside it."""
    folder, name = osp.split(path)
    if 'hvu' not in name:
        raise ValueError(f'The name of the annotation file ({name}) must hold "hvu", as hvu_train.json.')
    return osp.join(folder, name.replace('hvu', f'hvu_{category}'))


def run(args: argparse.Namespace) -> None:
    """Write."""
    target = sub_file(args.annotation_file, args.category)
    with open(args.annotation_file, encoding='utf-8') as file:
        entries = json.load(file)
    kept = sub_list(entries, args.category)
    with open(target, 'w', encoding='utf-8') as file:
        json.dump(kept, file)
    print(f'{len(kept)} of {len(entries)} clips -> {target}')


parse_args, main = entry_points(__name__)
