"""Annotation files of data sets: ``python tools/data/build_file_list.py ucf101 data/ucf101/videos --format videos``."""

from __future__ import annotations

import argparse
import json
import os.path as osp
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.distributed.jobs import complete_or_absent
from mmaction.utils.check import shorten

if TYPE_CHECKING:
    from mmaction.cli.data.parse_file_list import Item, Split

HELP = 'Write the annotation files of a data set'

# fmt: off
_DATASETS = (
    'ucf101', 'kinetics400', 'kinetics600', 'kinetics700', 'thumos14', 'sthv1', 'sthv2', 'mit', 'mmit', 'activitynet',
    'hmdb51', 'jester', 'diving48',
)
# fmt: on
_SUBSETS = ('train', 'val', 'test')
# Their videos have several segments each, for which there are other files.
_UNTRIMMED = {
    'activitynet': 'tools/data/activitynet/generate_rawframes_filelist.py writes the lists of ActivityNet',
    'thumos14': 'tools/data/denormalize_proposal_file.py writes the list of proposals of THUMOS14',
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/build_file_list.py``."""
    parser.description = (
        'Write the annotation files of a data set: <dataset>_{train,val}_split_<i>_<format>.txt where it has several '
        'splits, else <dataset>_<subset>_list_<format>.txt; for frames with flow images also ..._flow.txt'
    )
    parser.add_argument('dataset', choices=_DATASETS, help='data set')
    parser.add_argument('src_folder', help='folder of the videos, or of the folders of frames')
    parser.add_argument('--rgb-prefix', default='img_', help='start of the names of RGB frames; default: img_')
    parser.add_argument('--flow-x-prefix', default='flow_x_', help='of horizontal flow; default: flow_x_')
    parser.add_argument('--flow-y-prefix', default='flow_y_', help='of vertical flow; default: flow_y_')
    parser.add_argument('--num-split', type=int, default=3, help='number of splits to write at most; default: 3')
    parser.add_argument('--subset', choices=_SUBSETS, default='train', help='of a data set with one split')
    parser.add_argument('--level', type=int, choices=[1, 2], default=2, help='1: SRC/clip; 2: SRC/class/clip')
    parser.add_argument('--format', choices=['rawframes', 'videos'], default='rawframes', help='content of SRC')
    parser.add_argument('--out-root-path', default='data/', help='files are written to OUT/<dataset>; default: data/')
    parser.add_argument('--ann-root', default='data/', help='annotations are in ROOT/<dataset>/annotations')
    parser.add_argument('--output-format', choices=['txt', 'json'], default='txt', help='default: txt')
    parser.add_argument('--seed', type=int, help='of --shuffle')
    parser.add_argument('--shuffle', action='store_true', help='write the lines in random order')


def run(args: argparse.Namespace) -> None:
    """Write the annotation files."""
    from mmaction.cli.data import parse_file_list

    if args.dataset in _UNTRIMMED:
        raise UsageError(f'{args.dataset} has several segments per video: {_UNTRIMMED[args.dataset]}')
    if args.num_split < 1:
        raise UsageError(f'--num-split ({args.num_split}) must be at least 1')
    if args.format == 'videos':
        videos = parse_file_list.list_videos(args.src_folder, args.level)
        media = {key: Media(name) for key, name in videos.items()}
    else:
        counts = parse_file_list.parse_directory(
            args.src_folder, args.rgb_prefix, args.flow_x_prefix, args.flow_y_prefix, args.level
        )
        media = {key: Media(key, rgb, flow) for key, (_, rgb, flow) in counts.items()}
    splits = parse_file_list.SPLITS[args.dataset](args.level, args.ann_root)
    rng = random.Random(args.seed)
    for stem, items in _lists(args, splits):
        found, missing = match(items, media)
        if not found:
            raise FileNotFoundError(
                f'None of the {len(items)} videos of {stem} is in {args.src_folder}, such as {shorten(missing, 1)}. '
                f'Check --level ({args.level}) and --format ({args.format}).'
            )
        if args.shuffle:
            rng.shuffle(found)
        for kind, records in records_of(found, args.format):
            path = osp.join(args.out_root_path, args.dataset, f'{stem}_{kind}.{args.output_format}')
            write_list(records, path)
            print(f'{len(records)} of {len(items)} videos -> {path}')
        if missing:
            print(f'  missing: {shorten(missing)}')


@dataclass(frozen=True)
class Media:
    """A video, or the folder of its frames: path below the source folder, numbers of RGB and flow frames."""

    path: str
    rgb: int = 0
    flow: int = 0


def _lists(args: argparse.Namespace, splits: Sequence[Split]) -> list[tuple[str, list[Item]]]:
    """Stem and items of each file to write."""
    if len(splits) == 1:
        return [(f'{args.dataset}_{args.subset}_list', splits[0][_SUBSETS.index(args.subset)])]
    lists = []
    for number, (train, val, _) in enumerate(splits[: args.num_split], start=1):
        lists += [(f'{args.dataset}_{part}_split_{number}', items) for part, items in (('train', train), ('val', val))]
    return lists


def match(items: Iterable[Item], media: Mapping[str, Media]) -> tuple[list[tuple[Media, Any]], list[str]]:
    """Find the annotated videos.

    Folders of classes may have spaces or underscores in their names.

    Args:
        items: paths without suffix, with labels.
        media: by path without suffix.

    Returns:
        The existing ones with their labels, and the missing paths.
    """
    existing = {key.replace(' ', '_'): one for key, one in media.items()}
    found = []
    missing = []
    for name, label in items:
        one = existing.get(name.replace(' ', '_'))
        if one is None:
            missing.append(name)
        else:
            found.append((one, label))
    return found, missing


def records_of(found: Sequence[tuple[Media, Any]], media_format: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Make the records of each file of one list: of the videos; or of RGB frames, and of flow where there is some."""
    labels = [label if isinstance(label, list) else [label] for _, label in found]
    if media_format == 'videos':
        return [('videos', [dict(filename=one.path, label=label) for (one, _), label in zip(found, labels)])]
    kinds = []
    for kind, count in (('rawframes', 'rgb'), ('flow', 'flow')):
        records = [
            dict(frame_dir=one.path, total_frames=getattr(one, count), label=label)
            for (one, _), label in zip(found, labels)
            if getattr(one, count)
        ]
        if records:
            kinds.append((kind, records))
    if not kinds:
        raise FileNotFoundError(
            f'The folders, such as {found[0][0].path}, have no frames of these names. Check --rgb-prefix, '
            '--flow-x-prefix and --flow-y-prefix.'
        )
    return kinds


def write_list(records: Sequence[Mapping[str, Any]], path: str) -> None:
    """Write records to an annotation file, ``.txt`` or ``.json``."""
    with complete_or_absent(path) as unfinished, open(unfinished, 'w', encoding='utf-8') as file:
        if path.endswith('.json'):
            json.dump(records, file)
            return
        for record in records:
            *fields, labels = record.values()
            file.write(' '.join(map(str, [*fields, *labels])) + '\n')


parse_args, main = entry_points(__name__)
