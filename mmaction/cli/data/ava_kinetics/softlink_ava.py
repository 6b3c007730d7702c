"""Links to AVA: ``python tools/data/ava_kinetics/softlink_ava.py``."""

from __future__ import annotations

import argparse

from mmaction.cli.command import entry_points
from mmaction.cli.data.ava_kinetics._arguments import add_root

HELP = 'Link the frames and annotation of AVA into AVA-Kinetics'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/ava_kinetics/softlink_ava.py``."""
    parser.add_argument('--ava_root', default='../../../data/ava', help='folder of AVA')
    add_root(parser)


def run(args: argparse.Namespace) -> None:
    """Make the links that do not exist."""
    from mmaction.datasets.preparation.ava_kinetics import link_ava

    print(f'{link_ava(args.ava_root, args.avakinetics_root)} new links in {args.avakinetics_root}.')


parse_args, main = entry_points(__name__)
