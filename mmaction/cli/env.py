"""Versions of the packages, compilers and devices, for bug reports: ``mmaction env``."""

from __future__ import annotations

import argparse

HELP = 'Print the versions of packages and devices, for bug reports'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mmaction env``: none."""


def run(args: argparse.Namespace) -> None:
    """Print."""
    from mmaction.utils.collect_env import collect_env

    for name, value in collect_env().items():
        print(f'{name}: {value}')
