"""The list of the videos of HACS: ``python tools/data/hacs/generate_list.py``."""

from __future__ import annotations

import argparse
import os.path as osp

from mmaction.cli.command import entry_points
from mmaction.cli.data.hacs._release import add_data_root, read_release

HELP = 'List the existing and the missing videos of HACS'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/hacs/generate_list.py``."""
    parser.description = 'Write hacs_data.txt, paths below videos, and hacs_missing.txt'
    add_data_root(parser)


def run(args: argparse.Namespace) -> None:
    """Write both lists."""
    from mmaction.datasets.official import hacs
    from mmaction.datasets.official.missing import missing_report, write_missing

    root, database = read_release(args.data_root)
    folder = osp.join(root, 'videos')
    matched = hacs.match_videos(database, hacs.find_videos(folder))
    missing = sorted(set(database) - set(matched))
    write_missing(sorted(matched.values()), osp.join(root, 'hacs_data.txt'))
    path = osp.join(root, 'hacs_missing.txt')
    write_missing(missing, path)
    source = 'The authors send them on request (http://hacs.csail.mit.edu); name them v_ID.mp4.'
    print(missing_report(missing, len(database), folder, path, source))


parse_args, main = entry_points(__name__)
