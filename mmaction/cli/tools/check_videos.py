"""Videos of a dataset that cannot be decoded: ``python tools/analysis_tools/check_videos.py CONFIG``."""

from __future__ import annotations

import argparse
import os

from mmaction.cli.args import add_config_options, check_at_least_one, read_config
from mmaction.cli.command import entry_points
from mmaction.utils.files import complete_or_absent
from mmaction.utils.progress import track

HELP = 'List the videos of a dataset that cannot be decoded'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/analysis_tools/check_videos.py``."""
    processes = (os.cpu_count() or 1) - 1 or 1
    parser.add_argument('config', help='config file')
    add_config_options(parser, '--options')
    parser.add_argument(
        '--output-file', default='invalid-video.txt', help='list of the videos; default: invalid-video.txt'
    )
    parser.add_argument('--split', choices=['train', 'val', 'test'], default='train', help='which data; default: train')
    parser.add_argument('--decoder', choices=['decord', 'opencv', 'pyav'], default='decord', help='default: decord')
    parser.add_argument(
        '--nproc', '--num-processes', type=int, default=processes, help='processes; default: one per core but one'
    )
    parser.add_argument('--remove-corrupted-videos', action='store_true', help='delete the files')


def run(args: argparse.Namespace) -> None:
    """Check, list, and delete if asked to."""
    from mmaction.analysis import check_videos
    from mmaction.registry import DATASETS, register_all_modules

    check_at_least_one(args, 'nproc')
    cfg = read_config(args.config, args.cfg_options)
    register_all_modules()
    loader = cfg.get(f'{args.split}_dataloader')
    if not loader:
        raise ValueError(f'{args.config} has no {args.split}_dataloader.')
    dataset = DATASETS.build({**loader.dataset, 'pipeline': []})
    results = check_videos(dataset, args.decoder, args.nproc)
    checked = 0
    corrupt = []
    for path, reason in track(results, 'Checking', total=len(dataset)):
        checked += 1
        if reason is not None:
            corrupt.append(path)
            print(f'{path}: {reason}', flush=True)
    with complete_or_absent(args.output_file) as unfinished, open(unfinished, 'w', encoding='utf-8') as file:
        file.writelines(f'{path}\n' for path in corrupt)
    print(f'Checked {checked} videos, {len(corrupt)} are corrupt or missing: {args.output_file}')
    if args.remove_corrupted_videos:
        present = [path for path in corrupt if os.path.isfile(path)]
        for path in present:
            os.remove(path)
        print(f'{len(present)} files are deleted.')


parse_args, main = entry_points(__name__)
