"""Train a model: ``python tools/train.py CONFIG``."""

from __future__ import annotations

import argparse

from mmengine.config import Config

from mmaction.cli.args import add_common_arguments, build_runner, load_config
from mmaction.cli.command import entry_points

HELP = 'Train a model'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/train.py``."""
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='folder of logs and checkpoints; default: work_dirs/<name of the config>')
    parser.add_argument(
        '--resume',
        nargs='?',
        type=str,
        const='auto',
        help='go on from a checkpoint; without a path, from the latest one in the work directory',
    )
    parser.add_argument('--amp', action='store_true', help='train in mixed precision')
    parser.add_argument('--no-validate', action='store_true', help='do not evaluate while training')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate by the batch size (auto_scale_lr of the config)',
    )
    parser.add_argument('--seed', type=int, default=None, help='random seed')
    parser.add_argument('--diff-rank-seed', action='store_true', help='give each process a seed of its own')
    parser.add_argument('--deterministic', action='store_true', help="use cuDNN's deterministic algorithms")
    add_common_arguments(parser)


def merge_args(cfg: Config, args: argparse.Namespace) -> Config:
    """Apply the arguments to the config."""
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None

    if args.resume == 'auto':
        cfg.resume, cfg.load_from = True, None
    elif args.resume is not None:
        cfg.resume, cfg.load_from = True, args.resume

    if args.amp:
        kind = cfg.optim_wrapper.get('type', 'OptimWrapper')
        if kind not in ('OptimWrapper', 'AmpOptimWrapper'):
            raise ValueError(f'--amp works with the optimizer wrappers OptimWrapper and AmpOptimWrapper, not {kind}.')
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')

    if args.auto_scale_lr:
        if cfg.get('auto_scale_lr', {}).get('base_batch_size') is None:
            raise ValueError(f'--auto-scale-lr needs auto_scale_lr.base_batch_size in {args.config}, which has none.')
        cfg.auto_scale_lr.enable = True

    if cfg.get('randomness') is None:
        cfg.randomness = dict(seed=args.seed, diff_rank_seed=args.diff_rank_seed, deterministic=args.deterministic)
    else:
        if args.seed is not None:
            cfg.randomness.seed = args.seed
        cfg.randomness.diff_rank_seed = cfg.randomness.get('diff_rank_seed', False) or args.diff_rank_seed
        cfg.randomness.deterministic = cfg.randomness.get('deterministic', False) or args.deterministic
    return cfg


def run(args: argparse.Namespace) -> None:
    """Train."""
    build_runner(merge_args(load_config(args), args)).train()


parse_args, main = entry_points(__name__)
