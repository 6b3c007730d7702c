"""Detection on videos of your own: ``mmaction data detection from-boxes BOXES.csv OUT --videos VIDEOS``."""

from __future__ import annotations

import argparse
import os.path as osp
from pathlib import Path
from typing import TYPE_CHECKING

from mmaction.cli.command import entry_points
from mmaction.utils.labels import read_labels

if TYPE_CHECKING:
    from mmaction.datasets.preparation.own_detection import Summary

HELP = "Make a data set in AVA's format and a config of boxes with actions"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mmaction data detection from-boxes``."""
    parser.description = (
        f'{HELP}, for plain video files. A csv has the columns video,start,end,label,x1,y1,x2,y2[,person], times in '
        'seconds: a box that stays from start to end, or, without an end, at one moment; moments of a person are '
        'interpolated. An xml is an export "CVAT for video 1.1" of tracks with an attribute for the action.'
    )
    parser.add_argument('annotations', nargs='+', help='csv or xml files')
    parser.add_argument('out_dir', help='folder to write to')
    parser.add_argument('--videos', help='folder of the videos; default: that of the first annotation')
    parser.add_argument(
        '--box-unit',
        choices=['pixels', 'relative'],
        help='unit of the boxes of a csv, whose columns can state it as well: x1_px, ... or x1_rel, ... (0 to 1)',
    )
    parser.add_argument('--attribute', default='action', help='attribute of CVAT that names the action')
    parser.add_argument('--step', type=float, default=0.5, help='seconds from one key frame to the next; default: 0.5')
    parser.add_argument(
        '--max-gap', type=float, default=2.0, help='longest time to interpolate boxes over, seconds; default: 2'
    )
    parser.add_argument('--classes', nargs='+', help='class names in the order of their labels; default: all, sorted')
    split = parser.add_mutually_exclusive_group()
    split.add_argument('--val-ratio', type=float, default=0.2, help='part of the videos to validate on; default: 0.2')
    split.add_argument('--val-videos', help='text file with the names of the videos to validate on, one per line')
    parser.add_argument(
        '--group-by',
        help='regular expression; videos in whose names it matches the same text stay together in the split, such as '
        "'^[^_]+' for names that begin with that of a person and an underscore; default: by well-known names",
    )
    parser.add_argument('--seed', type=int, default=0, help='of the split')
    parser.add_argument(
        '--model',
        choices=['r50', 'small'],
        default='r50',
        help='r50 fine-tunes a network that was trained on Kinetics-400, on a GPU; small trains a narrow one from '
        'scratch, on a CPU; default: r50',
    )


def run(args: argparse.Namespace) -> None:
    """Write the data set and print its contents."""
    from mmaction.annotations.media import Media
    from mmaction.datasets.preparation.own_detection import Choices, prepare_detection, read_sheets

    choices = Choices(
        step_sec=args.step,
        val_ratio=args.val_ratio,
        val_videos=read_labels(args.val_videos) if args.val_videos else None,
        group_by=args.group_by,
        seed=args.seed,
        classes=args.classes,
        size=args.model,
    )
    media = Media(Path(args.videos or osp.dirname(args.annotations[0]) or '.'))
    sheets = read_sheets(args.annotations, media, args.box_unit, args.max_gap, args.attribute)
    _report(prepare_detection(sheets, media, args.out_dir, choices))


def _report(summary: Summary) -> None:
    width = max(map(len, summary.classes)) + 2
    print(f'{"":{width}}{"train":>8}{"val":>8}')
    for name in summary.classes:
        counts = [summary.persons[side][name] for side in ('train', 'val')]
        print(f'{name:{width}}{counts[0]:>8}{counts[1]:>8}')
        if not all(counts):
            print(f'{"":{width}}  {name!r} needs persons on both sides: annotate more videos, or choose --val-videos.')
    for title, counter in (('videos', summary.videos), ('key frames', summary.frames), ('excluded', summary.excluded)):
        print(f'{title:{width}}{counter["train"]:>8}{counter["val"]:>8}')
    print(f'Train with: mmaction train {summary.config}')


parse_args, main = entry_points(__name__)
