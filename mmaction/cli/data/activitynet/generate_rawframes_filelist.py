"""Lists of extracted frames: ``python tools/data/activitynet/generate_rawframes_filelist.py``."""

from __future__ import annotations

import argparse
import json
import os
import os.path as osp
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmaction.cli.command import entry_points

# the script lies in tools/data/activitynet, and this file in mmaction/cli/activitynet of the same checkout
_LABEL_MAP = Path(__file__).parents[3] / 'tools' / 'data' / 'activitynet' / 'label_map.txt'


HELP = 'Write anet_{train,val}_video.txt (whole videos) and anet_{train,val}_clip.txt (annotated segments)'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/activitynet/generate_rawframes_filelist.py``."""
    parser.add_argument('--data-dir', default='../../../data/ActivityNet', help='folder of anet_anno_{train,val}.json')
    parser.add_argument('--rawframes', help='folder of the frames, one a video; default: rawframes of the data folder')
    parser.add_argument('--frame-prefix', default='img_', help='how the names of the frames begin')
    parser.add_argument('--label-map', default=str(_LABEL_MAP), help='names of the classes, a line each')


def video_and_clip_lines(
    annotations: Mapping[str, Mapping], frames: Mapping[str, int], classes: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Lines for :class:`RawframeDataset`: ``video frames label``, and ``video offset frames label`` for each segment.

    Args:
        annotations: by video, with ``duration_second`` and ``annotations``.
        frames: extracted frames of each video. Videos without any are left out.
        classes: names; their numbers count from 0.
    """
    index = {name: number for number, name in enumerate(classes)}
    videos, clips = [], []
    for name, info in annotations.items():
        count = frames.get(name, 0)
        segments = info.get('annotations') or []
        if not count or not segments:
            continue
        per_second = count / info['duration_second']
        for annotation in segments:
            if annotation['label'] not in index:
                raise ValueError(f'Video {name!r} has the label {annotation["label"]!r}, none of {len(index)} classes.')
            start, end = (min(max(round(time * per_second), 0), count) for time in annotation['segment'])
            if end > start:
                clips.append(f'{name} {start} {end - start} {index[annotation["label"]]}')
        videos.append(f'{name} {count} {index[segments[0]["label"]]}')
    return videos, clips


def count_frames(folder: str, prefix: str) -> dict[str, int]:
    """How many frames each video has, by the name of its folder."""
    return {
        entry.name: sum(name.startswith(prefix) for name in os.listdir(entry.path))
        for entry in os.scandir(folder)
        if entry.is_dir()
    }


def run(args: argparse.Namespace) -> None:
    """Generate."""
    from mmaction.utils.labels import read_labels

    frames = count_frames(args.rawframes or osp.join(args.data_dir, 'rawframes'), args.frame_prefix)
    classes = read_labels(args.label_map)
    for split in ('train', 'val'):
        with open(osp.join(args.data_dir, f'anet_anno_{split}.json')) as file:
            annotations = json.load(file)
        lists = video_and_clip_lines(annotations, frames, classes)
        for kind, lines in zip(('video', 'clip'), lists):
            path = osp.join(args.data_dir, f'anet_{split}_{kind}.txt')
            with open(path, 'w') as file:
                file.writelines(f'{line}\n' for line in lines)
            print(f'{path}: {len(lines)} lines')


parse_args, main = entry_points(__name__)
