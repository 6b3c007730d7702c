"""Report of a run as one HTML file: ``mmaction report runs/study``."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmaction.cli.command import entry_points

HELP = 'Show what a model learned, where it fails, and what to label next'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mmaction report``."""
    parser.add_argument('run', type=Path, help='folder of mmaction fit')
    parser.add_argument('--out', type=Path, help='file of the page; default: report.html in the folder of the run')
    parser.add_argument('--to', help='format of your annotation tool, for --next')
    parser.add_argument('--next', type=Path, help='file to write with the segments to label next')
    parser.add_argument(
        '--unlabeled', type=Path, help='predictions of mmaction annotate on other videos, to choose these segments from'
    )
    parser.add_argument('--clips', action='store_true', help='also write short clips of the segments beside the page')
    parser.add_argument('--errors', type=int, default=12, help='number of the worst errors; default: 12')
    parser.add_argument('--suggestions', type=int, default=20, help='number of segments to label next; default: 20')


def run(args: argparse.Namespace) -> None:
    """Write the files, and print their names."""
    from mmaction.annotations.prepare import table_of
    from mmaction.study.report import Settings, write_report

    report = write_report(Settings(**vars(args)))
    table = table_of(report.findings)
    if table:
        print(table)
    for path in (report.page, *report.next):
        print(path)


parse_args, main = entry_points(__name__)
