"""A config with its bases and overrides resolved: ``mmaction config CONFIG``."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmaction.cli.args import add_config_options, read_config

HELP = (
    'Print a config with its bases resolved, or write it to a file; '
    '"mmaction config migrate OLD NEW" converts one of MMAction2 0.x'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mmaction config``."""
    parser.add_argument('config', help='config file')
    parser.add_argument('--dump', metavar='FILE', help='write to this file, .py, .json or .yaml, instead of printing')
    add_config_options(parser, '--options')


def run(args: argparse.Namespace) -> None:
    """Print or write."""
    cfg = read_config(args.config, args.cfg_options)
    if args.dump is None:
        print(cfg.pretty_text)
        return
    suffix = Path(args.dump).suffix
    if suffix not in ('.py', '.json', '.yaml', '.yml'):
        raise ValueError(f'--dump ({args.dump}) must end in .py, .json, .yaml or .yml.')
    cfg.dump(args.dump)
    print(f'The config is at {args.dump}.')
