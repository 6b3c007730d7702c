"""Chance level of localization on a data set: ``python tools/data/untrimmed/uniform_baseline.py TRAIN VAL``."""

from __future__ import annotations

import argparse

from mmaction.cli.command import entry_points
from mmaction.cli.files import read_json

HELP = 'Evaluate uniform segments: the chance level of localization'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/untrimmed/uniform_baseline.py``."""
    parser.description = (
        'Evaluate segments at regular positions, with the lengths of the training actions, where each class is as '
        'probable as it is among them'
    )
    parser.add_argument('train', help="annotation file for training, in ActivityNetDataset's format")
    parser.add_argument('val', help='annotation file to evaluate on')
    parser.add_argument(
        '--results',
        nargs='+',
        help="evaluate these too: json in ActivityNet's format, together for all videos, such as one file per video",
    )
    parser.add_argument('--iou', type=float, nargs='+', default=[0.3, 0.5, 0.7], help='thresholds of mAP')


def run(args: argparse.Namespace) -> None:
    """Evaluate and print."""
    from mmaction.evaluation.metrics.chance_level import evaluate, evaluate_results

    val = read_json(args.val)
    _print('uniform segments', evaluate(read_json(args.train), val, args.iou))
    if args.results:
        _print('results', evaluate_results([read_json(path) for path in args.results], val, args.iou))


def _print(title: str, measures: dict[str, float]) -> None:
    print(f'{title}: ' + ', '.join(f'{name} {value:.4f}' for name, value in measures.items()))


parse_args, main = entry_points(__name__)
