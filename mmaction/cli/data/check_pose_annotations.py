"""Problems of an annotation pickle: ``python tools/data/skeleton/check_annotations.py FILE``.

The exit code is 1 if there are problems, which are listed per sample. Notes are what looks odd and may be intended.
"""

from __future__ import annotations

import argparse

from mmaction.cli.command import entry_points

HELP = 'Check an annotation pickle of PoseDataset'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/skeleton/check_annotations.py``."""
    parser.add_argument('ann_file', help='the pickle')
    parser.add_argument('--num-classes', type=int, help='number of classes; labels are checked against it')
    parser.add_argument('--unlabelled', action='store_true', help='samples may have no label')
    parser.add_argument('--limit', type=int, default=50, help='problems to list; 0: all')


def run(args: argparse.Namespace) -> None:
    """Check and print."""
    from mmaction.datasets.pose_report import inspect

    report = inspect(args.ann_file, args.num_classes, args.unlabelled)
    print(args.ann_file)
    for fact in report.facts:
        print(f'  {fact}')
    shown = report.problems[: args.limit or None]
    for problem in shown:
        print(f'wrong: {problem}')
    for note in report.notes:
        print(f'note: {note}')
    if len(shown) < len(report.problems):
        print(f'... and {len(report.problems) - len(shown)} more; --limit 0 lists all.')
    if not report.problems:
        print('Nothing is wrong.')
        return
    print(f'{len(report.problems)} problems, {len(report.notes)} notes.')
    raise SystemExit(1)


parse_args, main = entry_points(__name__)
