"""Annotations of HACS for localizers: ``python tools/data/hacs/generate_anotations.py``."""

from __future__ import annotations

import argparse
import os.path as osp
from functools import partial

from mmaction.cli.command import entry_points
from mmaction.cli.data.hacs._release import add_data_root, read_release
from mmaction.cli.files import write_json
from mmaction.distributed.jobs import map_parallel

HELP = 'Write hacs_anno_{train,val,test}.json'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/hacs/generate_anotations.py`` (its name has one n)."""
    parser.description = 'Write hacs_anno_{train,val,test}.json for ActivityNetDataset, with the lengths of the videos'
    add_data_root(parser)
    parser.add_argument('--num-workers', type=int, default=0, help='processes that open videos; 0: this one alone')


def run(args: argparse.Namespace) -> None:
    """Write the annotation files."""
    from mmaction.datasets.official import hacs
    from mmaction.utils.progress import track

    root, database = read_release(args.data_root)
    folder = osp.join(root, 'videos')
    matched = hacs.match_videos(database, hacs.find_videos(folder))
    if not matched:
        raise FileNotFoundError(f'None of the {len(database)} videos of HACS is in {folder}.')
    work = map_parallel(partial(_length, folder), list(matched.values()), args.num_workers, chunk=16)
    lengths = dict(zip(matched, track(work, 'Opening videos', total=len(matched))))
    annotations: dict[str, dict] = {part: {} for part in hacs.SUBSETS.values()}
    for youtube_id in matched:
        entry = database[youtube_id]
        part = hacs.SUBSETS.get(entry.get('subset'))
        if part is None:
            raise ValueError(f'{youtube_id}: the subset ({entry.get("subset")!r}) must be one of {list(hacs.SUBSETS)}.')
        annotations[part][hacs.name_of(youtube_id)] = hacs.to_annotation(entry, *lengths[youtube_id])
    for part, videos in annotations.items():
        write_json(videos, osp.join(root, f'hacs_anno_{part}.json'))
        print(f'hacs_anno_{part}.json: {len(videos)} videos')


def _length(folder: str, path: str) -> tuple[int, float]:
    from mmaction.video import open_video

    with open_video(osp.join(folder, path)) as reader:
        return reader.num_frames, reader.avg_fps


parse_args, main = entry_points(__name__)
