"""Speed of a data pipeline: ``python tools/analysis_tools/bench_processing.py CONFIG``."""

from __future__ import annotations

import argparse

from mmaction.cli.args import add_config_options, check_at_least_one, read_config
from mmaction.cli.command import entry_points
from mmaction.utils.progress import track

HELP = 'Measure the speed of a data pipeline, step by step'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/analysis_tools/bench_processing.py``."""
    parser.add_argument('config', help='config file')
    parser.add_argument('--phase', choices=['train', 'val', 'test'], default='train', help='which data; default: train')
    parser.add_argument('--number', type=int, default=200, help='number of samples at most; default: 200')
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Measure in this process, without worker processes."""
    from mmaction.analysis import measure_steps
    from mmaction.registry import DATASETS, register_all_modules

    check_at_least_one(args, 'number')
    cfg = read_config(args.config, args.cfg_options)
    register_all_modules()
    loader = cfg.get(f'{args.phase}_dataloader')
    if not loader:
        raise ValueError(f'{args.config} has no {args.phase}_dataloader.')
    dataset = DATASETS.build(loader.dataset)
    indices = range(min(args.number, len(dataset)))
    times = measure_steps(dataset, track(indices, 'Processing'))
    print(times.table())
    seconds = max(times.seconds, 1e-9)
    print(f'Average time per sample: {1000 * seconds / times.samples:.2f} ms')
    print(f'Samples per second: {times.samples / seconds:.2f} of one process')
    print(f'Slowest step: {times.slowest.name}, {100 * times.slowest.seconds / seconds:.1f} % of the time')
    if times.unreadable:
        print(f'{times.unreadable} samples are unreadable; tools/analysis_tools/check_videos.py lists them.')


parse_args, main = entry_points(__name__)
