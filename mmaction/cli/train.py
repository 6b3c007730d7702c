"""Training: ``python tools/train.py CONFIG``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mmaction.cli import flags_0x
from mmaction.cli.args import add_common_arguments, build_runner, load_config
from mmaction.cli.command import entry_points

if TYPE_CHECKING:
    from mmengine.config import Config

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
        help='resume from a checkpoint; without a path, from the latest one in the work directory',
    )
    parser.add_argument(
        '--amp', action='store_true', help='train in mixed precision: bfloat16 where the device has it, else float16'
    )
    parser.add_argument('--compile', action='store_true', help='compile the training step with torch.compile')
    parser.add_argument('--no-validate', action='store_true', help='do not evaluate while training')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate by the batch size (auto_scale_lr of the config)',
    )
    parser.add_argument('--seed', type=int, default=None, help='random seed')
    parser.add_argument('--diff-rank-seed', action='store_true', help='give each process its own seed')
    parser.add_argument('--deterministic', action='store_true', help="use cuDNN's deterministic algorithms")
    flags_0x.add_train_arguments(parser)
    add_common_arguments(parser)


def merge_args(cfg: Config, args: argparse.Namespace) -> Config:
    """Apply the arguments to the config."""
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None

    if args.resume is not None:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume

    if args.amp:
        kind = cfg.optim_wrapper.get('type', 'OptimWrapper')
        if kind not in ('OptimWrapper', 'AmpOptimWrapper'):
            raise ValueError(f'--amp works with the optimizer wrappers OptimWrapper and AmpOptimWrapper, not {kind}.')
        if kind == 'OptimWrapper':
            from mmaction.engine.optimizers.amp import autocast_dtype

            cfg.optim_wrapper.type = 'AmpOptimWrapper'
            cfg.optim_wrapper.setdefault('dtype', autocast_dtype())
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')

    if args.compile:
        cfg.compile = cfg.get('compile') or True

    if args.auto_scale_lr:
        if cfg.get('auto_scale_lr', {}).get('base_batch_size') is None:
            raise ValueError(f'--auto-scale-lr needs auto_scale_lr.base_batch_size in {args.config}, which has none.')
        cfg.auto_scale_lr.enable = True

    # Arguments win over the config only where they are given: a flag cannot be switched off on the command line.
    if cfg.get('randomness') is None:
        cfg.randomness = dict(seed=args.seed)
    elif args.seed is not None:
        cfg.randomness.seed = args.seed
    for flag in ('diff_rank_seed', 'deterministic'):
        cfg.randomness[flag] = cfg.randomness.get(flag, False) or getattr(args, flag)
    return cfg


def run(args: argparse.Namespace) -> None:
    """Train."""
    flags_0x.settle_train(args)
    cfg = merge_args(load_config(args), args)
    runner = build_runner(cfg)
    runner.train()
    flags_0x.test_after_training(cfg, runner, args)


parse_args, main = entry_points(__name__)
