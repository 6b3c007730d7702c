"""The annotation file of HVU: ``python tools/data/hvu/generate_file_list.py --input_csv CSV --src_dir VIDEOS ...``."""

from __future__ import annotations

import argparse
import os
import os.path as osp
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmaction.cli.command import entry_points
from mmaction.cli.files import read_json, write_json

if TYPE_CHECKING:
    from mmaction.datasets.official.clips import Clip

HELP = 'Write the annotation file of the existing clips of HVU'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/hvu/generate_file_list.py``."""
    parser.add_argument('--input_csv', required=True, help='hvu_train.csv or hvu_val.csv')
    parser.add_argument('--src_dir', required=True, help='folder of the videos, or of the folders of frames')
    parser.add_argument('--output', required=True, help='json to write, for HVUDataset')
    parser.add_argument('--mode', choices=['frames', 'videos'], required=True, help='content of src_dir')
    parser.add_argument('--tag_file', help='json of parse_tag_list.py; default: hvu_tags.json beside the csv')


def run(args: argparse.Namespace) -> None:
    """Write the annotation file."""
    from mmaction.datasets.official.clips import read_clips

    tag_file = args.tag_file or osp.join(osp.dirname(args.input_csv), 'hvu_tags.json')
    if not osp.isfile(tag_file):
        raise FileNotFoundError(f'There is no {tag_file}. Make it with tools/data/hvu/parse_tag_list.py.')
    tags = read_json(tag_file)
    clips = read_clips(args.input_csv, 'Tags')
    records = list_clips(clips, tags, args.src_dir, args.mode == 'frames')
    if not records:
        raise ValueError(f'None of the {len(clips)} clips of {args.input_csv} is in {args.src_dir}.')
    write_json(records, args.output)
    print(f'{len(records)} of {len(clips)} clips -> {args.output}')


def numbered_tags(clip: Clip, numbers: Mapping[str, tuple[str, int]]) -> dict[str, list[int]]:
    """Number the tags of a clip, by category.

    Args:
        clip: the clip.
        numbers: category of each tag, and its index there.

    Raises:
        ValueError: a tag is unknown.
    """
    label: dict[str, list[int]] = {}
    for tag in clip.tags:
        if tag not in numbers:
            raise ValueError(f'The tag {tag!r} of {clip.name()} is in no category of the tag file.')
        category, number = numbers[tag]
        label.setdefault(category, []).append(number)
    return {category: sorted(tags) for category, tags in label.items()}


def list_clips(
    clips: Iterable[Clip], tags: Mapping[str, Sequence[str]], folder: str, frames: bool
) -> list[dict[str, Any]]:
    """Make records of the clips in ``folder``: ``filename``, or ``frame_dir`` and ``total_frames``; and ``label``."""
    from mmaction.datasets.official.clips import key_of_name

    numbers = {tag: (category, i) for category, names in tags.items() for i, tag in enumerate(names)}
    # Names are matched by their numbers: --trim-format of the download may pad them in any way.
    existing = {}
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir() == frames:
            stem = entry.name if frames else osp.splitext(entry.name)[0]
            existing[key_of_name(stem)] = entry
    records = []
    for clip in clips:
        if clip.key not in existing:
            continue
        entry = existing[clip.key]
        record: dict[str, Any] = dict(filename=entry.name)
        if frames:
            count = sum(name.startswith('img_') for name in os.listdir(entry.path))
            record = dict(frame_dir=entry.name, total_frames=count)
        record['label'] = numbered_tags(clip, numbers)
        records.append(record)
    return records


parse_args, main = entry_points(__name__)
