"""Learning rate or momentum over a training: ``python tools/visualizations/vis_scheduler.py CONFIG``."""

from __future__ import annotations

import argparse
import logging
import os.path as osp
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mmaction.cli.args import add_config_options, read_config
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError

if TYPE_CHECKING:
    from mmengine.config import Config

HELP = 'Plot the learning rate or momentum over a training'
_LEVELS = ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/visualizations/vis_scheduler.py``."""
    parser.add_argument('config', help='config file')
    parser.add_argument('-p', '--parameter', choices=['lr', 'momentum'], default='lr', help='what to plot; default: lr')
    parser.add_argument(
        '-d', '--dataset-size', type=int, help="number of training samples; default: the size of the config's dataset"
    )
    parser.add_argument('-n', '--ngpus', type=int, default=1, help='number of GPUs for training')
    parser.add_argument('-s', '--save-path', type=Path, help='image to write')
    parser.add_argument('--log-level', type=str.upper, choices=_LEVELS, default='WARNING', help='default: WARNING')
    parser.add_argument('--title', help='title of the plot; default: the name of the config')
    parser.add_argument('--style', default='whitegrid', help="style: seaborn's grid names, or one of matplotlib")
    parser.add_argument('--not-show', action='store_true', help='open no window')
    parser.add_argument('--window-size', default='12*7', help='size of the plot in inches, W*H')
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Write or show the plot."""
    import matplotlib.pyplot as plt
    from mmengine.logging import MMLogger

    from mmaction.registry import register_all_modules
    from mmaction.visualization.plots import draw_schedule, figure_file, save_figure, show_figure, style_name
    from mmaction.visualization.schedule import simulate

    if not re.fullmatch(r'[1-9]\d*\*[1-9]\d*', args.window_size):
        raise UsageError(f'--window-size ({args.window_size}) must be W*H in inches, such as 12*7')
    cfg = read_config(args.config, args.cfg_options)
    register_all_modules()
    logger = MMLogger.get_current_instance()
    logger.setLevel(args.log_level)

    schedule = simulate(cfg, args.parameter, _epoch_length(cfg, args, logger))
    width, height = map(int, args.window_size.split('*'))
    title = args.title or osp.splitext(osp.basename(args.config))[0]
    with plt.style.context(style_name(args.style)):
        figure = plt.figure(figsize=(width, height), layout='constrained')
        draw_schedule(figure, schedule, title, args.parameter)
        if args.save_path is not None:
            save_figure(figure, args.save_path)
            print(f'The plot is saved to {figure_file(args.save_path)}')
        if not args.not_show:
            show_figure()
        plt.close(figure)


def _epoch_length(cfg: Config, args: argparse.Namespace, logger: logging.Logger) -> int | None:
    """Count the iterations per epoch; None if they are unknown and not needed."""
    from mmaction.visualization.schedule import count_samples, needs_epoch_length, training_length

    if 'max_epochs' not in (cfg.get('train_cfg') or {}):
        return None
    if args.dataset_size is not None:
        return training_length(cfg, args.dataset_size, args.ngpus)
    try:
        return training_length(cfg, count_samples(cfg.train_dataloader.dataset), args.ngpus)
    except (OSError, ValueError) as error:
        if needs_epoch_length(cfg):
            raise type(error)(f'{error} Give the number of training samples with --dataset-size.') from error
        logger.info(f'The length of an epoch is unknown ({error}); the plot counts epochs only.')
        return None


parse_args, main = entry_points(__name__)
