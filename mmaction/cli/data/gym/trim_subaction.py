"""Subactions of FineGym: ``python tools/data/gym/trim_subaction.py``."""

from __future__ import annotations

import argparse
import os.path as osp

from mmaction.cli.command import entry_points
from mmaction.cli.data.gym import _parts
from mmaction.cli.files import read_json

HELP = 'Cut the events of FineGym into subactions'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/gym/trim_subaction.py``."""
    parser.description = 'Cut events/ID_EVENT.mp4, of trim_event.py, into subactions/ID_EVENT_SUBACTION.mp4'
    _parts.add_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Cut."""
    from mmaction.datasets.official.folders import default_root
    from mmaction.datasets.official.gym import subactions_of
    from mmaction.datasets.official.missing import stems_in

    root = args.data_root or default_root('gym')
    folder = osp.join(root, 'events')
    segments = read_json(osp.join(root, 'annotations', 'event_annotation.json'), 'list of subactions (trim_event.py)')
    parts = subactions_of(segments, stems_in(folder))
    if not parts:
        raise FileNotFoundError(f'No event of the {len(segments)} subactions is in {folder}; run trim_event.py first.')
    _parts.cut_parts(parts, folder, osp.join(root, 'subactions'), args.num_workers, 'Cutting subactions')


parse_args, main = entry_points(__name__)
