"""Accuracy of several models together: ``python tools/analysis_tools/report_accuracy.py --preds A.pkl B.pkl``.

Each file is what ``tools/test.py CONFIG CHECKPOINT --dump A.pkl`` writes: the samples with scores and labels. The
scores, e.g. those of joints, bones and their motion, are added up with the weights ``--coefficients``.
"""

from __future__ import annotations

import argparse

from mmaction.cli.command import entry_points

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


def run(args: argparse.Namespace) -> None:
    """Fuse and evaluate."""
    from mmaction.evaluation.metrics.fusion import fuse_and_rate

    accuracies = fuse_and_rate(args.preds, args.coefficients, args.apply_softmax, args.multi_label)
    for name, value in accuracies.items():
        print(f'{name}: {value:.4f}')


parse_args, main = entry_points(__name__)
