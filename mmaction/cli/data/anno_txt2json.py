"""Annotation files from lines to json: ``python tools/data/anno_txt2json.py FILE.txt --format videos``."""

from __future__ import annotations

import argparse
import os.path as osp
from collections.abc import Iterable, Sequence
from typing import Any

from mmaction.cli.command import entry_points
from mmaction.cli.files import write_json

HELP = 'Convert an annotation file from txt to json'

_FORMATS = {'rawframes': ('frame_dir', 'total_frames'), 'videos': ('filename',)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/anno_txt2json.py``."""
    parser.add_argument('annofile', help='annotation file: path, number of frames (of rawframes), labels')
    parser.add_argument('--format', choices=_FORMATS, default='rawframes', help='default: rawframes')
    parser.add_argument('--output', help='file to write; default: the same name with .json')


def run(args: argparse.Namespace) -> None:
    """Convert the file."""
    from mmaction.datasets.annotation import read_annotation_lines

    output = args.output or osp.splitext(args.annofile)[0] + '.json'
    if osp.abspath(output) == osp.abspath(args.annofile):
        raise ValueError(f'{args.annofile} would be overwritten by its json. Give another --output.')
    records = lines2dictlist(read_annotation_lines(args.annofile), args.format)
    write_json(records, output)
    print(f'{len(records)} records -> {output}')


def lines2dictlist(lines: Iterable[str | tuple[int, str] | Sequence[str]], format: str) -> list[dict[str, Any]]:
    """Make records of lines: ``frame_dir`` and ``total_frames``, or ``filename``; and ``label``, a list.

    Args:
        lines: text, or its words, or pairs of line number and text.
        format: ``'rawframes'`` or ``'videos'``.

    Raises:
        ValueError: a line lacks a field, or has another word in place of a number.
    """
    from mmaction.datasets.annotation import split_trailing_integers

    names = _FORMATS[format]
    records = []
    for place, line in enumerate(lines, start=1):
        number, text = line if isinstance(line, tuple) else (place, line)
        words = text if isinstance(text, str) else ' '.join(text)
        path, numbers = split_trailing_integers(words)
        if len(numbers) < len(names):
            raise ValueError(f'Line {number} ({words.strip()!r}) is not "{" ".join(names)} label [label ...]".')
        record: dict[str, Any] = dict(zip(names, [path, *numbers]))
        records.append({**record, 'label': numbers[len(names) - 1 :]})
    return records


parse_args, main = entry_points(__name__)
