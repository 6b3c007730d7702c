"""Lists of extracted frames: ``python tools/data/activitynet/generate_rawframes_filelist.py``."""

from __future__ import annotations

import argparse
import os
import os.path as osp
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmaction.cli.command import entry_points
from mmaction.cli.files import read_json
from mmaction.utils.labels import read_labels

HELP = "Write lists of ActivityNet's extracted frames"
# A checkout has the label map beside the script, whose folder is not part of a wheel.
_LABEL_MAP = Path(__file__).parents[4] / 'tools' / 'data' / 'activitynet' / 'label_map.txt'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/activitynet/generate_rawframes_filelist.py``."""
    parser.description = (
        'Write anet_{train,val}_video.txt (whole videos) and anet_{train,val}_clip.txt (annotated segments)'
    )
    parser.add_argument('--data-dir', default='../../../data/ActivityNet', help='folder of anet_anno_{train,val}.json')
    parser.add_argument(
        '--rawframes', help='folder with one folder of frames per video; default: rawframes of the data folder'
    )
    parser.add_argument('--frame-prefix', default='img_', help='start of the names of the frames')
    parser.add_argument('--label-map', default=str(_LABEL_MAP), help='class names, one per line')


def run(args: argparse.Namespace) -> None:
    """Write the lists."""
    frames = count_frames(args.rawframes or osp.join(args.data_dir, 'rawframes'), args.frame_prefix)
    classes = read_labels(args.label_map)
    for split in ('train', 'val'):
        annotations = read_json(osp.join(args.data_dir, f'anet_anno_{split}.json'))
        videos, clips = video_and_clip_lines(annotations, frames, classes)
        for kind, lines in (('video', videos), ('clip', clips)):
            path = osp.join(args.data_dir, f'anet_{split}_{kind}.txt')
            with open(path, 'w') as file:
                file.writelines(f'{line}\n' for line in lines)
            print(f'{path}: {len(lines)} lines')


def video_and_clip_lines(
    annotations: Mapping[str, Mapping], frames: Mapping[str, int], classes: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Make lines for ``RawframeDataset``: ``video frames label``, and ``video offset frames label`` per segment.

    Args:
        annotations: by video, with ``duration_second`` and ``annotations``.
        frames: number of extracted frames per video. Videos without any are left out.
        classes: class names.

    Raises:
        ValueError: a video has an unknown label.
    """
    index = {name: number for number, name in enumerate(classes)}
    videos = []
    clips = []
    for name, info in annotations.items():
        count = frames.get(name, 0)
        segments = info.get('annotations') or []
        if not count or not segments:
            continue
        fps = count / info['duration_second']
        for annotation in segments:
            if annotation['label'] not in index:
                raise ValueError(f'Video {name!r} has the label {annotation["label"]!r}, none of {len(index)} classes.')
            start, end = (min(max(round(time * fps), 0), count) for time in annotation['segment'])
            if end > start:
                clips.append(f'{name} {start} {end - start} {index[annotation["label"]]}')
        videos.append(f'{name} {count} {index[segments[0]["label"]]}')
    return videos, clips


def count_frames(folder: str, prefix: str) -> dict[str, int]:
    """Count the frames of each video, by the name of its folder."""
    counts = {}
    for entry in os.scandir(folder):
        if entry.is_dir():
            counts[entry.name] = sum(name.startswith(prefix) for name in os.listdir(entry.path))
    return counts


parse_args, main = entry_points(__name__)
