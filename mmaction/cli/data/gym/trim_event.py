"""Events of FineGym: ``python tools/data/gym/trim_event.py``."""

from __future__ import annotations

import argparse
import os.path as osp

from mmaction.cli.command import entry_points
from mmaction.cli.data.gym import _parts
from mmaction.cli.files import read_json, write_json

HELP = 'Cut the videos of FineGym into events'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/gym/trim_event.py``."""
    parser.description = 'Cut videos/ID.mp4 into events/ID_EVENT.mp4, and write annotations/event_annotation.json'
    _parts.add_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Cut, and write the subactions of the events."""
    from mmaction.datasets.official.folders import default_root
    from mmaction.datasets.official.gym import events_of, segments_of
    from mmaction.datasets.official.missing import stems_in

    root = args.data_root or default_root('gym')
    annotation = read_json(osp.join(root, 'annotations', 'annotation.json'), 'annotation of FineGym')
    videos = stems_in(osp.join(root, 'videos'))
    events = events_of(annotation, videos)
    if not events:
        raise FileNotFoundError(f'None of the {len(annotation)} annotated videos is in {osp.join(root, "videos")}.')
    target = osp.join(root, 'annotations', 'event_annotation.json')
    write_json(segments_of(annotation, videos), target)
    _parts.cut_parts(events, osp.join(root, 'videos'), osp.join(root, 'events'), args.num_workers, 'Cutting events')
    print(f'{len(set(annotation) & videos)} of {len(annotation)} videos are there; subactions: {target}')


parse_args, main = entry_points(__name__)
