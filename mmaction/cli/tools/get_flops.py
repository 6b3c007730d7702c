"""Operations and parameters of a model: ``python tools/analysis_tools/get_flops.py CONFIG``."""

from __future__ import annotations

import argparse

from mmaction.cli.args import add_config_options, check_at_least_one, model_of, read_config
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError

HELP = 'Count the operations and parameters of a model'
_SIZE = [224, 224]
_SIZE_0X = [340, 256]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/analysis_tools/get_flops.py``."""
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--shape',
        type=int,
        nargs='+',
        default=_SIZE,
        help='height and width of frames (default: 224 224), or the shape of the inputs, as in tools/deployment/'
        'pytorch2onnx.py. Skeletons, audio and features have the shape of the config',
    )
    parser.add_argument('--depth', type=int, default=3, help='depth of the modules in the table; default: 3')
    # MMAction2 0.x has another default; its script says that it was called.
    parser.add_argument('--as-0x', action='store_true', help=argparse.SUPPRESS)
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Count and print."""
    from mmaction.analysis import count_operations
    from mmaction.analysis.flops import short
    from mmaction.registry import register_all_modules

    check_at_least_one(args, 'depth')
    if min(args.shape) < 1:
        raise UsageError(f'--shape {" ".join(map(str, args.shape))} must be positive')
    if args.as_0x and args.shape is _SIZE:
        args.shape = _SIZE_0X
    cfg = read_config(args.config, args.cfg_options)
    model_of(cfg)
    register_all_modules()
    counts = count_operations(cfg, args.shape)
    line = '=' * 30
    print(counts.table(args.depth))
    print(f'{line}\nInput shape: {counts.inputs}')
    print(f'Flops: {short(counts.macs)}  (multiply-adds, as papers and model zoos count)')
    print(f'Params: {short(counts.parameters)}\n{line}')
    print('Matrix products, convolutions and attention are counted; normalization, activations and pooling are not.')


parse_args, main = entry_points(__name__)
