"""Accuracy of several models together: ``python tools/analysis_tools/report_accuracy.py --preds A.pkl B.pkl``.

Each file is what ``tools/test.py CONFIG CHECKPOINT --dump A.pkl`` writes: the samples with scores and labels. The
scores are added up, weighted by ``--coefficients``, e.g. those of joints, bones and their motion.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmaction.cli.command import entry_points

HELP = 'Fuse the scores of several models and rate them'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/analysis_tools/report_accuracy.py``."""
    parser.add_argument(
        '--preds',
        nargs='+',
        default=['demo/fuse/joint.pkl', 'demo/fuse/bone.pkl'],
        help='files that tools/test.py dumped, one a model; NAME.pkl:rgb takes one component of several',
    )
    parser.add_argument('--coefficients', nargs='+', type=float, default=[1.0, 1.0], help='weight of each model')
    parser.add_argument('--apply-softmax', action='store_true', help='turn the scores of each model into probabilities')
    parser.add_argument('--multi-label', action='store_true', help='samples have several labels: report mAP')


def run(args: argparse.Namespace) -> None:
    """Fuse and rate."""
    figures = fuse_and_rate(args.preds, args.coefficients, args.apply_softmax, args.multi_label)
    for name, value in figures.items():
        print(f'{name}: {value:.4f}')


def fuse_and_rate(
    files: Sequence[str], coefficients: Sequence[float], apply_softmax: bool = False, multi_label: bool = False
) -> dict[str, float]:
    """Accuracies in 0..1 of the weighted sum of the scores.

    Args:
        files: dumped predictions, one a model; ``path:component`` for models of several components.
        coefficients: of each model its weight.
        apply_softmax: turn the scores of each model into probabilities first.
        multi_label: samples may have several labels.

    Returns:
        ``Mean Class Accuracy``, ``Top 1 Accuracy`` and ``Top 5 Accuracy``; with ``multi_label`` ``mAP``.

    Raises:
        ValueError: there are not as many coefficients as files, or the files are of different samples.
    """
    from mmaction.evaluation.functional import (
        get_weighted_score,
        mean_average_precision,
        mean_class_accuracy,
        softmax,
        top_k_accuracy,
    )

    if len(files) != len(coefficients):
        raise ValueError(
            f'There are {len(files)} files in --preds and {len(coefficients)} --coefficients; each file needs one.'
        )
    tables = [_read(file) for file in files]
    first = tables[0][1]
    for file, (scores, labels) in zip(files, tables):
        if len(labels) != len(first) or any(not np.array_equal(a, b) for a, b in zip(labels, first)):
            raise ValueError(
                f'{file} has {len(labels)} samples whose labels are not those of the {len(first)} of {files[0]}: they '
                'are of different data, or in another order.'
            )
        if scores.shape != tables[0][0].shape:
            raise ValueError(f'{file} has scores {scores.shape}, {files[0]} has {tables[0][0].shape}.')
    fused = get_weighted_score([softmax(s) if apply_softmax else s for s, _ in tables], coefficients)
    if multi_label:
        return {'mAP': float(mean_average_precision(fused, _many_hot(first, tables[0][0].shape[1])))}
    wrong = next((label for label in first if len(label) != 1), None)
    if wrong is not None:
        raise ValueError(f'A sample has the labels {wrong.tolist()}; give --multi-label where there may be several.')
    truth = [int(label[0]) for label in first]
    top1, top5 = top_k_accuracy(fused, truth, (1, 5))
    return {
        'Mean Class Accuracy': float(mean_class_accuracy(fused, truth)),
        'Top 1 Accuracy': top1,
        'Top 5 Accuracy': top5,
    }


def _read(name: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """Scores (N, C) and the label(s) of each sample."""
    from mmengine.fileio import load

    from mmaction.evaluation.metrics._samples import get_field, to_mapping, to_numpy

    path, component = name, None
    if not os.path.isfile(name) and ':' in name:
        path, _, component = name.rpartition(':')
    if not os.path.isfile(path):
        raise FileNotFoundError(f'There is no file of predictions at {path}. tools/test.py --dump {path} writes one.')
    samples = load(path)
    if not isinstance(samples, Sequence) or not len(samples):
        raise ValueError(f'{path} holds no samples; it should be what tools/test.py --dump wrote.')
    rows, labels = [], []
    for sample in map(to_mapping, samples):
        score = get_field(sample, 'pred_score', 'report_accuracy')
        rows.append(to_numpy(_component(score, component, path)))
        labels.append(to_numpy(get_field(sample, 'gt_label', 'report_accuracy')).reshape(-1))
    if len({row.shape for row in rows}) > 1 or rows[0].ndim != 1:
        raise ValueError(f'{path} must have one row of scores a sample; average the clips when testing.')
    return np.stack(rows).astype(np.float64), labels


def _component(score: Any, component: str | None, path: str) -> Any:
    if not isinstance(score, Mapping):
        if component is not None:
            raise ValueError(f'{path} has no components, but {component!r} is asked for.')
        return score
    if component not in score:
        raise ValueError(f'{path} has scores of {sorted(score)}; name one of them, as {path}:{sorted(score)[0]}.')
    return score[component]


def _many_hot(labels: Sequence[np.ndarray], classes: int) -> np.ndarray:
    out = np.zeros((len(labels), classes))
    for row, label in zip(out, labels):
        if len(label) == classes and np.isin(label, (0, 1)).all():
            row[:] = label
        else:
            row[label.astype(np.int64)] = 1
    return out


parse_args, main = entry_points(__name__)
