"""Lists of Gym99: ``python tools/data/gym/generate_file_list.py``."""

from __future__ import annotations

import argparse
import os.path as osp

from mmaction.cli.command import entry_points

HELP = 'Write the lists of Gym99 of the existing subactions'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/gym/generate_file_list.py``."""
    parser.description = (
        'Write annotations/gym99_{train,val}.txt of subactions/*.mp4, and gym99_{train,val}_frame.txt of '
        'subaction_frames'
    )
    parser.add_argument('--data-root', help='folder of the data set; default: data/gym')


def run(args: argparse.Namespace) -> None:
    """Write the lists."""
    from mmaction.datasets.official.folders import default_root
    from mmaction.datasets.official.gym import frame_lines, read_elements, video_lines
    from mmaction.datasets.official.missing import write_missing

    root = args.data_root or default_root('gym')
    for split in ('train', 'val'):
        rows = read_elements(osp.join(root, 'annotations', f'gym99_{split}_org.txt'))
        videos = video_lines(rows, osp.join(root, 'subactions'))
        frames = list(frame_lines(rows, osp.join(root, 'subaction_frames')))
        if not videos and not frames:
            raise FileNotFoundError(
                f'None of the {len(rows)} subactions for {split} is in {root}; run trim_subaction.py.'
            )
        write_missing(videos, osp.join(root, 'annotations', f'gym99_{split}.txt'))
        write_missing(frames, osp.join(root, 'annotations', f'gym99_{split}_frame.txt'))
        print(f'{split}: {len(videos)} videos and {len(frames)} folders of frames, of {len(rows)} subactions')


parse_args, main = entry_points(__name__)
