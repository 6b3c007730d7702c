"""Import annotations of a tool as training data: ``mmaction data import STUDY --videos FOLDER --out FOLDER``."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmaction.cli.command import entry_points

HELP = 'Make training data of the annotations of a tool'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mmaction data import``."""
    parser.add_argument('source', type=Path, help='annotation file, or folder of files')
    parser.add_argument('--videos', type=Path, help='folder of the videos; default: the paths in the annotation file')
    parser.add_argument('--out', type=Path, required=True, help='folder for the training data')
    parser.add_argument('--format', help='format of the file; default: detected by suffix and content')
    parser.add_argument('--fps', type=float, help='frames per second; default: those of the video files')
    parser.add_argument('--val', type=float, default=0.2, help='proportion of the videos for validation; default: 0.2')
    parser.add_argument('--test', type=float, default=0.0, help='proportion of the videos for testing; default: 0')
    parser.add_argument(
        '--split-by', choices=['video', 'subject', 'folder'], default='video', help='videos that stay in one split'
    )
    parser.add_argument('--seed', type=int, default=0, help='of the split')
    parser.add_argument('--rate', type=float, help='labels per second of labels per frame; default: the frame rate')
    parser.add_argument('--attributes', nargs='+', help='attributes of boxes that are actions; default: all')
    parser.add_argument('--skip-errors', action='store_true', help='leave out what is faulty, and import the rest')


def run(args: argparse.Namespace) -> None:
    """Write the training data; with errors, and without ``--skip-errors``, nothing is written."""
    from mmaction.annotations.findings import AnnotationError
    from mmaction.annotations.prepare import Import, import_annotations, table_of

    imported = import_annotations(Import(**vars(args)))
    table = table_of(imported.findings)
    if table:
        print(table)
    if not imported.written:
        count = len(imported.findings.of('error'))
        raise ValueError(
            f'{args.source} has {count} errors, and nothing was written. Correct them, or pass --skip-errors to leave '
            f'these rows out. The first one: {AnnotationError(imported.findings.of("error")[:1])}'
        )
    project = imported.project
    segments = sum(len(video.segments) for video in project.videos)
    tracks = sum(len(video.tracks) for video in project.videos)
    splits = [video.split for video in project.videos]
    counts = ', '.join(f'{splits.count(split)} {split}' for split in dict.fromkeys(splits))
    print(f'{len(splits)} videos ({counts}), {len(project.all_labels())} classes, {segments} segments, {tracks} tracks')
    for path in imported.written:
        if path.parent == args.out:
            print(f'  {path}')


parse_args, main = entry_points(__name__)
