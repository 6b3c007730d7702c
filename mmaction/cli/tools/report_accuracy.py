"""Accuracy of several models together: ``python tools/analysis_tools/report_accuracy.py --preds A.pkl B.pkl``.

Each file is what ``tools/test.py CONFIG CHECKPOINT --dump A.pkl`` writes: the samples with scores and labels. The
scores, e.g. those of joints, bones and their motion, are added up with the weights ``--coefficients``.
"""

from __future__ import annotations

import argparse

from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError

HELP = 'Evaluate the fused scores of several models'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/analysis_tools/report_accuracy.py``."""
    parser.add_argument(
        '--preds',
        nargs='+',
        default=['demo/fuse/joint.pkl', 'demo/fuse/bone.pkl'],
        help='files that tools/test.py --dump wrote, one per model; NAME.pkl:rgb takes one component of several',
    )
    parser.add_argument('--coefficients', nargs='+', type=float, default=[1.0, 1.0], help='weight of each model')
    parser.add_argument('--apply-softmax', action='store_true', help='turn the scores of each model into probabilities')
    parser.add_argument('--multi-label', action='store_true', help='samples have several labels: report mAP')
    group = parser.add_argument_group('as in MMAction2 0.x')
    group.add_argument(
        '--scores', nargs='+', help='files that tools/test.py --out wrote, one per model; needs --datalist'
    )
    group.add_argument('--datalist', help='annotation file of the samples, whose lines end with the label')


def run(args: argparse.Namespace) -> None:
    """Fuse and evaluate."""
    from mmaction.evaluation.metrics.fusion import fuse_and_rate

    if (args.scores is None) != (args.datalist is None):
        raise UsageError('--scores and --datalist belong together')
    labels = None if args.datalist is None else _read_labels(args.datalist)
    files = args.scores or args.preds
    accuracies = fuse_and_rate(files, args.coefficients, args.apply_softmax, args.multi_label, labels)
    for name, value in accuracies.items():
        print(f'{name}: {value:.4f}')


def _read_labels(path: str) -> list[int]:
    """Labels of an annotation file: the last number of each line.

    Raises:
        ValueError: a line has none.
    """
    labels = []
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, start=1):
            words = line.split()
            if words and not words[-1].isdigit():
                raise ValueError(f'{path}, line {number}: {line.strip()[:80]!r} does not end with a label.')
            if words:
                labels.append(int(words[-1]))
    return labels


parse_args, main = entry_points(__name__)
