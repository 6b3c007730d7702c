"""Lists, class names and a config for a folder of videos: ``mmaction data scan DIR``."""

from __future__ import annotations

import argparse
import os
import shlex

from mmaction.cli.command import entry_points

HELP = 'Write lists, a split and a config for your videos'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mmaction data scan``."""
    parser.add_argument('dir', help='folder of videos: folders of classes, or videos with a table of labels')
    parser.add_argument('--out', help='folder for the lists and the config; default: data/<name of the folder>')
    parser.add_argument(
        '--group',
        metavar='REGEX',
        help='finds the group of a video (person, film, recording) in its path: the first parenthesis, or all that '
        'matches; groups are not split; default: well-known names',
    )
    parser.add_argument('--val-ratio', type=float, default=0.2, help='proportion for validation, if there is no split')
    parser.add_argument('--test-ratio', type=float, default=0.0, help='proportion for testing, if there is no split')
    parser.add_argument('--seed', type=int, default=0, help='of the split')
    parser.add_argument('--split', type=int, default=1, help='official split of UCF101 or HMDB51: 1, 2 or 3')
    parser.add_argument('--device', choices=['auto', 'cpu', 'gpu'], default='auto', help='where you will train')
    parser.add_argument(
        '--pretrained',
        metavar='imagenet|none|FILE',
        help='start from ImageNet weights (downloaded when training starts), from scratch, or from a file of ImageNet '
        'weights; default: imagenet for a GPU, none for a CPU',
    )
    parser.add_argument('--overwrite', action='store_true', help='replace files of an earlier scan')


def run(args: argparse.Namespace) -> None:
    """Recognize, print and write."""
    from mmaction.datasets.scan import earlier_files, make_plan, write_plan

    out = args.out or os.path.join('data', os.path.basename(os.path.abspath(args.dir)))
    plan = make_plan(
        args.dir,
        group=args.group,
        val_ratio=args.val_ratio,
        test_ratio=args.test_ratio,
        seed=args.seed,
        number=args.split,
        leave_out=earlier_files(args.dir, out),
    )
    written = write_plan(plan, out, device=args.device, pretrained=args.pretrained, overwrite=args.overwrite)
    print(f'{args.dir}: {plan.found.layout}, recognized by {plan.found.reason}')
    if plan.grouping:
        num_groups = len({clip.group for clip in plan.clips if clip.group})
        print(f'groups: {plan.grouping} ({num_groups} groups, each in one split)')
    print('\n'.join(plan.table()))
    for note in plan.notes:
        print(f'note: {note}')
    for warning in plan.warnings:
        print(f'warning: {warning}')
    print(f'written: {", ".join(written)}')
    config = shlex.quote(written[-1])
    print(f'next: mmaction doctor {config}')
    print(f'      mmaction train {config}')


parse_args, main = entry_points(__name__)
