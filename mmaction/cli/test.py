"""Evaluation of a checkpoint: ``python tools/test.py CONFIG CHECKPOINT``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mmaction.cli import flags_0x
from mmaction.cli.args import add_common_arguments, add_model, build_runner, load_config
from mmaction.cli.command import entry_points

if TYPE_CHECKING:
    from mmengine.config import Config

HELP = 'Test and evaluate a checkpoint'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/test.py``."""
    add_model(parser)
    parser.add_argument('--work-dir', help='folder of the logs; default: work_dirs/<name of the config>')
    parser.add_argument('--dump', type=str, help='write all predictions to this file (.pkl)')
    parser.add_argument('--show-dir', help='folder for videos with the predictions drawn into them')
    parser.add_argument('--show', action='store_true', help='show the predictions in a window')
    parser.add_argument('--interval', type=int, default=1, help='draw every n-th sample')
    parser.add_argument('--wait-time', type=float, default=2, help='seconds to show a sample')
    flags_0x.add_test_arguments(parser)
    add_common_arguments(parser)


def merge_args(cfg: Config, args: argparse.Namespace) -> Config:
    """Apply the arguments to the config."""
    from mmengine.config import ConfigDict

    if args.show or args.show_dir:
        hook = cfg.default_hooks.setdefault('visualization', ConfigDict(type='VisualizationHook'))
        hook.update(enable=True, interval=args.interval, show=args.show, out_dir=args.show_dir)
        if args.show:
            hook.wait_time = args.wait_time

    if args.dump is not None:
        if not args.dump.endswith(('.pkl', '.pickle')):
            raise ValueError(f'--dump ({args.dump}) must end in .pkl or .pickle.')
        evaluators = cfg.test_evaluator
        if not isinstance(evaluators, list | tuple):
            evaluators = [evaluators]
        cfg.test_evaluator = [*evaluators, dict(type='DumpResults', out_file_path=args.dump)]

    flags_0x.settle_test(cfg, args)
    cfg.load_from = None if args.onnx or args.tensorrt else args.checkpoint
    return cfg


def run(args: argparse.Namespace) -> None:
    """Test."""
    runner = build_runner(merge_args(load_config(args), args))
    flags_0x.settle_runner(runner, args)
    runner.test()
    if args.out is not None:
        flags_0x.write_scores(args.out)


parse_args, main = entry_points(__name__)
