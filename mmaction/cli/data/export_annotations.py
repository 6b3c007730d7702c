"""Write annotations or predictions for a tool: ``mmaction data export SOURCE --to FORMAT --out FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmaction.cli.command import entry_points

HELP = 'Write annotations or predictions for a tool'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mmaction data export``."""
    parser.add_argument('source', type=Path, help='annotations of any format, such as annotations.json of an import')
    parser.add_argument('--to', required=True, help='format to write')
    parser.add_argument('--out', type=Path, required=True, help='file; a folder where a file describes one video')
    parser.add_argument('--into', type=Path, help='existing file or folder whose content stays in what is written')
    parser.add_argument('--format', help='format of the source; default: detected by suffix and content')
    parser.add_argument('--videos', type=Path, help='folder of the videos')
    parser.add_argument('--fps', type=float, help='frames per second, for formats that count frames')
    parser.add_argument('--model', default='', help='name of the model that predicted the segments')
    parser.add_argument('--min-score', type=float, help='leave out segments with a lower score')


def run(args: argparse.Namespace) -> None:
    """Write the file, and report what its format has no place for."""
    from mmaction.annotations.prepare import Export, export_annotations, table_of

    written, findings = export_annotations(Export(**vars(args)))
    table = table_of(findings)
    if table:
        print(table)
    for path in written:
        print(path)


parse_args, main = entry_points(__name__)
