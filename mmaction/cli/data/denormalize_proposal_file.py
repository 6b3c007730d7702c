"""Proposals in frames: ``python tools/data/denormalize_proposal_file.py thumos14 --norm-proposal-file FILE ...``."""

from __future__ import annotations

import argparse
import os.path as osp
from collections.abc import Iterator
from dataclasses import dataclass

from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.distributed.jobs import complete_or_absent
from mmaction.utils.check import shorten

HELP = 'Write proposals in frames, not in fractions'

_MARK = 'normalized_'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/denormalize_proposal_file.py``."""
    parser.add_argument('dataset', choices=['thumos14'], help='data set')
    parser.add_argument('--norm-proposal-file', required=True, help='list of normalized proposals')
    parser.add_argument('--data-prefix', required=True, help='folder with one folder of frames per video')
    parser.add_argument('--output', help=f'file to write; default: the name of the list without "{_MARK}"')


def run(args: argparse.Namespace) -> None:
    """Write the list."""
    from mmaction.cli.data.parse_file_list import parse_directory

    name = osp.basename(args.norm_proposal_file).replace(_MARK, '')
    output = args.output or osp.join(osp.dirname(args.norm_proposal_file), name)
    if osp.abspath(output) == osp.abspath(args.norm_proposal_file):
        raise UsageError(f'{args.norm_proposal_file} lacks "{_MARK}" in its name: give the file to write with --output')
    if not osp.isfile(args.norm_proposal_file):
        raise FileNotFoundError(f'There is no list of proposals at {args.norm_proposal_file}.')
    frames = {name: count for name, (_, count, _) in parse_directory(args.data_prefix, level=1).items()}
    videos = [*read_proposals(args.norm_proposal_file)]
    missing = [video.name for video in videos if not frames.get(video.name)]
    if missing:
        raise FileNotFoundError(f'{args.data_prefix} has no frames of {shorten(missing)}, of {len(videos)} videos.')
    with complete_or_absent(output) as unfinished, open(unfinished, 'w', encoding='utf-8') as file:
        for number, video in enumerate(videos):
            file.write(denormalize(number, video, frames[video.name]))
    print(f'{len(videos)} videos -> {output}')


@dataclass(frozen=True)
class VideoProposals:
    """The ground truth (label, start, end) and the proposals (label, best IoU, overlap with itself, start, end)."""

    name: str
    ground_truth: list[list[str]]
    proposals: list[list[str]]


def read_proposals(path: str) -> Iterator[VideoProposals]:
    """Read a list of proposals: per video ``# number``, its name, two numbers, and two counted tables.

    Raises:
        ValueError: a line is not what its place demands.
    """
    with open(path, encoding='utf-8') as file:
        lines = [(number, line.strip()) for number, line in enumerate(file, start=1) if line.strip()]
    rest = iter(lines)

    def take(what: str) -> tuple[int, str]:
        line = next(rest, None)
        if line is None:
            raise ValueError(f'{path} ends where {what} is expected.')
        return line

    def table(what: str, columns: int) -> list[list[str]]:
        number, text = take(f'the number of {what}')
        if not text.isdecimal():
            raise ValueError(f'{path}, line {number}: {text!r} is not the number of {what}.')
        rows = []
        for _ in range(int(text)):
            number, row = take(f'one of {text} {what}')
            if len(row.split()) != columns:
                raise ValueError(f'{path}, line {number}: {row!r} has not the {columns} columns of {what}.')
            rows.append(row.split())
        return rows

    for number, mark in rest:
        if not mark.startswith('#'):
            raise ValueError(f'{path}, line {number}: {mark!r} is not the "# number" that a video starts with.')
        _, name = take('the name of a video')
        take('the number of frames')
        take('the frame rate')
        yield VideoProposals(name, table('segments', 3), table('proposals', 5))


def denormalize(number: int, video: VideoProposals, num_frames: int) -> str:
    """The lines of a video, with times in frames."""

    def frame(fraction: str) -> int:
        return int(float(fraction) * num_frames)

    lines = [f'# {number}', video.name, str(num_frames), '1', str(len(video.ground_truth))]
    for label, start, end in video.ground_truth:
        lines.append(f'{int(label)} {frame(start)} {frame(end)}')
    lines.append(str(len(video.proposals)))
    for label, iou, overlap, start, end in video.proposals:
        lines.append(f'{int(label)} {float(iou):.4f} {float(overlap):.4f} {frame(start)} {frame(end)}')
    return '\n'.join(lines) + '\n'


parse_args, main = entry_points(__name__)
