"""Tags of HVU by category: ``python tools/data/hvu/parse_tag_list.py``."""

from __future__ import annotations

import argparse
import csv

from mmaction.cli.command import entry_points
from mmaction.cli.files import write_json

HELP = 'Sort the tags of each category of HVU'
_FOLDER = '../../../data/hvu/annotations'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/hvu/parse_tag_list.py``."""
    parser.description = 'Sort the tags of each category; the position of a tag is its index'
    parser.add_argument('--tag-csv', default=f'{_FOLDER}/hvu_categories.csv', help='lines of tag,category')
    parser.add_argument('--output', default=f'{_FOLDER}/hvu_tags.json', help='json of {category: [tags]}')


def run(args: argparse.Namespace) -> None:
    """Write the tags."""
    tags = tags_by_category(args.tag_csv)
    write_json(tags, args.output)
    print(', '.join(f'{category}: {len(names)}' for category, names in tags.items()), f'-> {args.output}')


def tags_by_category(path: str) -> dict[str, list[str]]:
    """Read and sort the tags of each category.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is not a tag and its category; the message names it.
    """
    tags: dict[str, list[str]] = {}
    with open(path, newline='', encoding='utf-8') as file:
        reader = csv.reader(file)
        next(reader, None)  # column names
        for row in reader:
            if len(row) != 2:
                raise ValueError(f'{path}, line {reader.line_num}: {row} is not a tag and its category.')
            tags.setdefault(row[1].strip(), []).append(row[0].strip())
    return {category: sorted(names) for category, names in tags.items()}


parse_args, main = entry_points(__name__)
