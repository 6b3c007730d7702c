"""Confusion matrix: ``python tools/analysis_tools/confusion_matrix.py CONFIG CHECKPOINT_OR_PREDICTIONS``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmaction.cli.args import add_config_options, build_runner, load_config
from mmaction.cli.command import entry_points
from mmaction.utils.labels import read_labels

if TYPE_CHECKING:
    from mmengine.config import Config
    from torch import Tensor

HELP = 'Count which classes are mistaken for which'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/analysis_tools/confusion_matrix.py``."""
    parser.add_argument('config', help='config file')
    parser.add_argument(
        'ckpt_or_result', help='checkpoint (file or URL), or predictions (.pkl) that tools/test.py --dump wrote'
    )
    parser.add_argument('--out', help='file for the matrix: .pkl, or .json or .yaml for a list of rows')
    parser.add_argument('--show', action='store_true', help='show the plot in a window')
    parser.add_argument('--show-path', help='image to write')
    parser.add_argument('--include-values', action='store_true', help='write the numbers into the cells')
    parser.add_argument('--label-file', help='file of class names, one per line')
    parser.add_argument(
        '--target-classes', nargs='+', type=int, default=[], help='class indices to plot and write; default: all'
    )
    parser.add_argument('--cmap', default='viridis', help='color map of matplotlib; default: viridis')
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Count, write and draw."""
    from mmaction.visualization.action_visualizer import can_show
    from mmaction.visualization.plots import figure_file, plot_confusion_matrix

    names = None if args.label_file is None else read_labels(args.label_file)
    args.launcher, args.local_rank, args.work_dir = 'none', 0, None
    cfg = load_config(args)
    is_file = args.ckpt_or_result.endswith(('.pkl', '.pickle'))
    matrix = _of_predictions(cfg, args.ckpt_or_result) if is_file else _of_checkpoint(cfg, args.ckpt_or_result)
    if names is not None and len(names) != len(matrix):
        raise ValueError(f'{args.label_file} has {len(names)} class names, the matrix has {len(matrix)} classes.')
    matrix, names = _chosen(matrix, names, args.target_classes)
    correct = int(matrix.diagonal().sum())
    print(f'{correct} of {int(matrix.sum())} samples are on the diagonal ({len(matrix)} classes).')
    if args.out is not None:
        _write(matrix, args.out)
    if args.show and not can_show():
        print('There is no display to show the plot on. --show-path writes it to a file.')
    if args.show or args.show_path is not None:
        show = args.show and can_show()
        plot_confusion_matrix(
            matrix, args.show_path, names, show=show, include_values=args.include_values, cmap=args.cmap
        )
    if args.show_path is not None:
        print(f'The plot is saved to {figure_file(args.show_path)}')


def _of_checkpoint(cfg: Config, checkpoint: str) -> Tensor:
    cfg.load_from = checkpoint
    cfg.test_evaluator = dict(type='ConfusionMatrix')
    matrix: Tensor = build_runner(cfg).test()['confusion_matrix/result']
    return matrix


def _of_predictions(cfg: Config, path: str) -> Tensor:
    from mmaction.analysis import labelled_predictions
    from mmaction.evaluation import ConfusionMatrix
    from mmaction.registry import DATASETS, register_all_modules

    register_all_modules()
    samples = labelled_predictions(path, lambda: DATASETS.build({**cfg.test_dataloader.dataset, 'pipeline': []}))
    metric = ConfusionMatrix()
    metric.process(None, samples)
    matrix: Tensor = metric.evaluate(len(samples))['confusion_matrix/result']
    return matrix


def _chosen(matrix: Tensor, names: Sequence[str] | None, classes: Sequence[int]) -> tuple[Tensor, Any]:
    wrong = [index for index in classes if not 0 <= index < len(matrix)]
    if wrong:
        raise ValueError(f'--target-classes {wrong[0]} is out of [0, {len(matrix)}).')
    if not classes:
        return matrix, names
    kept = [names[index] for index in classes] if names is not None else list(classes)
    return matrix[list(classes)][:, list(classes)], kept


def _write(matrix: Tensor, path: str) -> None:
    from mmengine.fileio import dump

    if not path.endswith(('.pkl', '.pickle', '.json', '.yaml', '.yml')):
        raise ValueError(f'--out ({path}) must end in .pkl, .json or .yaml.')
    dump(matrix if path.endswith(('.pkl', '.pickle')) else matrix.tolist(), path)
    print(f'The matrix is at {path}')


parse_args, main = entry_points(__name__)
