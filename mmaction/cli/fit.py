"""A model of an imported annotation: ``mmaction fit DATA --task auto``."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmaction.cli.args import add_precision

HELP = 'Learn the annotations of your videos'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mmaction fit``."""
    parser.description = (
        'Learn the annotations of an import (mmaction data import): features of a frozen encoder, once, and a small '
        'model on them. Writes a run, which mmaction report and mmaction annotate read.'
    )
    parser.add_argument('data', type=Path, help='folder of an import')
    parser.add_argument('--out', type=Path, help='folder of the run; default: runs/<name of the data>')
    parser.add_argument(
        '--task',
        choices=['auto', 'clips', 'frames', 'events', 'boxes'],
        default='auto',
        help='a label per video, a label per moment, sparse events; default: by the annotations',
    )
    parser.add_argument(
        '--features',
        metavar='ENCODER',
        help="config of a recognizer, or 'hf:' and a model of transformers, timm or open_clip; default: SqueezeNet",
    )
    parser.add_argument('--weights', metavar='FILE', help='weights of the encoder; default: those that it names')
    parser.add_argument(
        '--model',
        choices=['auto', 'linear', 'attentive', 'mstcnpp', 'asformer', 'actionformer'],
        default='auto',
        help='network on the features; default: by the task',
    )
    parser.add_argument('--step-sec', type=float, help='seconds between features; default: by the segments')
    parser.add_argument('--epochs', type=int, help='at most; default: by the number of videos')
    parser.add_argument('--lr', type=float, help='learning rate; default: 0.001')
    parser.add_argument('--seed', type=int, default=0, help='of split and training')
    parser.add_argument('--cache', type=Path, help='folder to keep the features in; default: DATA/features')
    parser.add_argument('--overwrite', action='store_true', help='replace an existing run')
    parser.add_argument('--device', help='of the encoder: cpu, cuda:0, ...; default: a GPU if there is one')
    parser.add_argument('--batch-size', type=int, default=16, help='clips per batch of the encoder')
    add_precision(parser)


def run(args: argparse.Namespace) -> None:
    """Learn, and print the figures on the validation videos."""
    from mmaction.study.fit import Fit, fit_study, table_of_figures

    given = {name: value for name, value in vars(args).items() if value not in (None, 'auto')}
    result = fit_study(Fit(**given))
    print(table_of_figures(result.record))
    print(f'{result.folder}: percent on {len(result.record.videos["val"])} validation videos.')
    if result.record.test:
        print(table_of_figures(result.record, 'test'))
        print(f'Percent on {len(result.record.videos["test"])} test videos, which chose neither epoch nor temperature.')
    print(
        f'Next: mmaction report {result.folder}; mmaction annotate VIDEOS --model {result.folder} --to boris --out FILE'
    )
