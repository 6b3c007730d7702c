"""Speed of a model with its data: ``python tools/analysis_tools/benchmark.py CONFIG``."""

from __future__ import annotations

import argparse

from mmaction.cli.args import add_config_options, check_at_least_one, read_config
from mmaction.cli.command import entry_points

HELP = 'Measure the speed of a model on the test data'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/analysis_tools/benchmark.py``."""
    parser.add_argument('config', help='config file')
    parser.add_argument('--log-interval', type=int, default=10, help='print after so many batches; default: 10')
    parser.add_argument('--fuse-conv-bn', action='store_true', help='fuse convolutions with batch normalization')
    parser.add_argument('--max-batches', type=int, default=2000, help='batches to measure at most; default: 2000')
    parser.add_argument('--device', default=None, help='cpu, cuda:0, ...; default: the first GPU if there is one')
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Measure the model, with random weights, on the test loader of the config."""
    from mmengine.runner import Runner

    from mmaction.analysis import Speed, measure_model
    from mmaction.apis import init_recognizer
    from mmaction.cli.flags_0x import fuse_conv_bn

    check_at_least_one(args, 'log_interval', 'max_batches')
    cfg = read_config(args.config, args.cfg_options)
    if not cfg.get('test_dataloader'):
        raise ValueError(f'{args.config} has no test_dataloader.')
    model = init_recognizer(cfg, device=args.device)
    if args.fuse_conv_bn:
        print(f'Fused {fuse_conv_bn(model)} convolutions with their batch normalization.')

    def report(count: int, speed: Speed) -> None:
        if count % args.log_interval == 0:
            print(f'Done batch {count}: {speed.per_second:.2f} video / s', flush=True)

    speed = measure_model(model, Runner.build_dataloader(cfg.test_dataloader), args.max_batches, report)
    print(f'Overall fps: {speed.per_second:.2f} video / s, of {speed.samples} videos')
    print(f'The model alone: {speed.model_per_second:.2f} video / s')
    if speed.data_seconds > speed.model_seconds:
        print('The model waits for data most of the time: more num_workers, or see bench_processing.py for the steps.')


parse_args, main = entry_points(__name__)
