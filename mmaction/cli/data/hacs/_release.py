"""The released annotation of HACS."""

from __future__ import annotations

import argparse
import os.path as osp
from typing import Any

from mmaction.cli.files import read_json


def add_data_root(parser: argparse.ArgumentParser) -> None:
    """Add ``--data-root``."""
    parser.add_argument('--data-root', help='folder of HACS_segments_v1.1.1.json and videos; default: data/HACS')


def read_release(data_root: str | None) -> tuple[str, dict[str, Any]]:
    """Read the videos of the release; returns also the folder of the data set."""
    from mmaction.datasets.official.folders import default_root
    from mmaction.datasets.official.hacs import RELEASE

    root = data_root or default_root('HACS')
    path = osp.join(root, RELEASE)
    database = read_json(path, 'annotation of HACS').get('database')
    if not isinstance(database, dict):
        raise ValueError(f'{path} has no "database", a dict of videos.')
    return root, database
