"""Plot how the learning rate or momentum of a config runs: ``python tools/visualizations/vis_scheduler.py CONFIG``."""

from __future__ import annotations

import argparse
import os.path as osp
import re
from pathlib import Path

from mmengine.config import Config
from mmengine.logging import MMLogger

from mmaction.cli.args import add_config_options, read_config
from mmaction.cli.command import UsageError, entry_points
from mmaction.utils import register_all_modules

HELP = 'Plot the schedule of a hyper-parameter'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/visualizations/vis_scheduler.py``."""
    parser.add_argument('config', help='config file')
    parser.add_argument('-p', '--parameter', choices=['lr', 'momentum'], default='lr', help='what to plot; default: lr')
    parser.add_argument(
        '-d', '--dataset-size', type=int, help='number of training samples; default: that of the dataset of the config'
    )
    parser.add_argument('-n', '--ngpus', type=int, default=1, help='number of GPUs of the training')
    parser.add_argument('-s', '--save-path', type=Path, help='picture to write')
    parser.add_argument('--log-level', default='WARNING', help='level of the messages')
    parser.add_argument('--title', help='title of the picture; default: the name of the config')
    parser.add_argument('--style', default='whitegrid', help="style: seaborn's grid names, or one of matplotlib")
    parser.add_argument('--not-show', action='store_true', help='open no window')
    parser.add_argument('--window-size', default='12*7', help='size of the picture in inches, W*H')
    add_config_options(parser)


def _length(cfg: Config, args: argparse.Namespace, logger: MMLogger) -> int | None:
    """Iterations an epoch; None where it is unknown and not needed."""
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
        logger.info(f'The length of an epoch is not known ({error}); the plot counts epochs alone.')
        return None


def run(args: argparse.Namespace) -> None:
    """Entry point."""
    if not re.fullmatch(r'[1-9]\d*\*[1-9]\d*', args.window_size):
        raise UsageError(f'--window-size ({args.window_size}) must be W*H in inches, such as 12*7')
    cfg = read_config(args.config, args.cfg_options)
    register_all_modules()
    logger = MMLogger.get_current_instance()
    logger.setLevel(args.log_level.upper())

    import matplotlib.pyplot as plt

    from mmaction.visualization.plots import draw_schedule, save_figure, style_name
    from mmaction.visualization.schedule import simulate

    schedule = simulate(cfg, args.parameter, _length(cfg, args, logger))
    width, height = map(int, args.window_size.split('*'))
    with plt.style.context(style_name(args.style)):
        figure = plt.figure(figsize=(width, height), layout='constrained')
        draw_schedule(figure, schedule, args.title or osp.splitext(osp.basename(args.config))[0], args.parameter)
        if args.save_path is not None:
            save_figure(figure, args.save_path)
            print(f'The plot is saved to {args.save_path}')
        if not args.not_show:
            if plt.get_backend().lower() == 'agg':
                print('There is no display to show the plot on.' + ('' if args.save_path else ' Use --save-path.'))
            else:
                plt.show()
        plt.close(figure)


parse_args, main = entry_points(__name__)
