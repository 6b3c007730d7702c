"""Arguments that the commands for AVA-Kinetics share."""

from __future__ import annotations

import argparse
import os
import os.path as osp

ROOT = '../../../data/ava_kinetics'
TRAIN = 'kinetics_train.csv'
PROPOSALS = 'kinetics_proposal.pkl'


def add_root(parser: argparse.ArgumentParser) -> None:
    """Add ``--avakinetics_root``."""
    parser.add_argument('--avakinetics_root', default=ROOT, help='folder of the data set')


def add_annotation(parser: argparse.ArgumentParser) -> None:
    """Add ``--avakinetics_anotation``, under the name that MMAction2 has for it."""
    parser.add_argument(
        '--avakinetics_anotation', default='./ava_kinetics_v1_0', help='folder of kinetics_train_v1.0.csv'
    )


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add ``--num_workers``."""
    parser.add_argument(
        '--num_workers', type=int, default=-1, help='processes; 0 works in this one; default: one per core'
    )


def number_of_workers(args: argparse.Namespace) -> int:
    """Number of processes."""
    return args.num_workers if args.num_workers >= 0 else os.cpu_count() or 1


def annotation_file(args: argparse.Namespace) -> str:
    """Path of the official annotation of Kinetics."""
    return osp.join(args.avakinetics_anotation, 'kinetics_train_v1.0.csv')
