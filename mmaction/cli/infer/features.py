"""Features of videos, by any recognizer: ``clip_feature_extraction.py CONFIG CHECKPOINT OUT --video-list LIST``."""

from __future__ import annotations

import argparse
import os
import pickle
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmaction.cli.args import add_common_arguments, check_at_least_one, load_config
from mmaction.cli.command import UsageError, entry_points
from mmaction.distributed.jobs import MAX_NAMED, Job, complete_or_absent

_FORMATS = ('pkl', 'npy', 'csv')


HELP = 'Extract features of videos. What is there already is skipped, so that a run may be resumed.'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/misc/clip_feature_extraction.py``."""
    parser.add_argument('config', help='config of a recognizer')
    parser.add_argument('checkpoint', help='checkpoint file or address; none: the weights that the config starts with')
    parser.add_argument('output_prefix', help='folder for the features, a file a video')
    parser.add_argument('--video-list', help="list of videos, 'PATH' or 'PATH LABEL' a line. Default: that of the test")
    parser.add_argument('--video-root', help='folder of the videos. Default: that of the test')
    parser.add_argument('--spatial-type', default='avg', choices=['avg', 'max', 'keep'], help='pooling over space')
    parser.add_argument('--temporal-type', default='avg', choices=['avg', 'max', 'keep'], help='pooling over time')
    parser.add_argument(
        '--long-video-mode', action='store_true', help='a row of features for each of many clips along the video'
    )
    parser.add_argument('--clip-interval', type=int, help='frames between clips in long-video mode. Default: 16')
    parser.add_argument(
        '--frame-interval', type=int, help="frames between a clip's frames in long-video mode. Default: the config's"
    )
    parser.add_argument('--clip-len', type=int, help="frames of a clip in long-video mode. Default: the config's")
    parser.add_argument('--multi-view', action='store_true', help='keep the views of a video apart')
    parser.add_argument('--dump-score', action='store_true', help='write scores of classes in place of features')
    parser.add_argument('--format', default='pkl', choices=_FORMATS, help='of the files')
    parser.add_argument('--batch-size', type=int, default=8, help='clips that go through the model at once')
    parser.add_argument('--device', help='cpu, cuda:0, ... Default: CUDA if there, else the CPU')
    add_common_arguments(parser)


def _check(args: argparse.Namespace) -> None:
    """Check arguments that depend on each other."""
    long_only = [n for n in ('clip_interval', 'frame_interval', 'clip_len') if getattr(args, n) is not None]
    if long_only and not args.long_video_mode:
        raise UsageError(f'--{long_only[0].replace("_", "-")} needs --long-video-mode')
    if args.multi_view and args.long_video_mode:
        raise UsageError('--multi-view and --long-video-mode exclude each other: each clip of a long video is one view')
    check_at_least_one(args, 'clip_interval', 'frame_interval', 'clip_len', 'batch_size')


def run(args: argparse.Namespace) -> None:
    """Extract."""
    _check(args)
    args.work_dir = None
    cfg = load_config(args)
    rank, world = share_of_work(args.launcher)
    if args.device is None and world > 1:
        args.device = _own_device(rank)
    jobs = find_videos(cfg, args.video_list, args.video_root, args.output_prefix, args.format)[rank::world]
    extractor = Extractor.build(cfg, args)
    todo = [job for job in jobs if not os.path.exists(job.target)]
    failed = _extract_all(extractor, todo)
    print(f'{len(todo) - len(failed)} written, {len(jobs) - len(todo)} were there already, {len(failed)} failed.')
    for reason in failed[:MAX_NAMED]:
        print(f'  {reason}')
    if failed:
        raise SystemExit(1)


_RANK_AND_WORLD = {
    'pytorch': ('RANK', 'WORLD_SIZE'),
    'slurm': ('SLURM_PROCID', 'SLURM_NTASKS'),
    'mpi': ('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'),
}


def share_of_work(launcher: str) -> tuple[int, int]:
    """Number of this process and of all: they share out the videos, and need not talk to each other."""
    if launcher == 'none':
        return 0, 1
    names = _RANK_AND_WORLD[launcher]
    missing = [name for name in names if name not in os.environ]
    if missing:
        raise ValueError(f'--launcher {launcher} needs {missing[0]} in the environment, which its launcher sets.')
    rank, world = (int(os.environ[name]) for name in names)
    return rank, world


def _own_device(rank: int) -> str:
    import torch

    if not torch.cuda.is_available():
        return 'cpu'
    local = next((os.environ[n] for n in ('LOCAL_RANK', 'SLURM_LOCALID') if n in os.environ), rank)
    return f'cuda:{int(local) % torch.cuda.device_count()}'


def _extract_all(extractor: Extractor, todo: Sequence[Job]) -> list[str]:
    """Write what is to be done; the reasons for what did not work."""
    from mmaction.datasets.transforms.video import VideoDecodeError

    failed = []
    for number, job in enumerate(todo, start=1):
        try:
            array = extractor(job.source, f'{number}/{len(todo)} {os.path.basename(job.source)}')
        except (VideoDecodeError, OSError, ValueError) as error:
            failed.append(f'{job.source}: {error}')
            continue
        with complete_or_absent(job.target) as path:
            write_array(path, array)
    return failed


def find_videos(cfg: Any, video_list: str | None, root: str | None, out: str, ext: str) -> list[Job]:
    """The videos of a list, or of the test data of a config, and where their features go.

    Raises:
        FileNotFoundError: there is no such list.
        ValueError: neither is given, the list is empty, or two videos would have one file of features.
    """
    from mmaction.apis._pipeline import evaluation_datasets

    dataset: Any = next((d for d in evaluation_datasets(cfg) if d.get('ann_file')), {})
    video_list = video_list or dataset.get('ann_file')
    if root is None:
        prefix = dataset.get('data_prefix') or {}
        root = next(iter(prefix.values()), '') if isinstance(prefix, dict) else prefix
    if not video_list:
        raise ValueError('The config has no test data; give --video-list.')
    if not os.path.isfile(video_list):
        raise FileNotFoundError(f'There is no list of videos at {video_list}.')
    with open(video_list, encoding='utf-8') as file:
        # behind the path there may be numbers: frames and classes
        names = [re.sub(r'(\s+\d+)+$', '', line.strip()) for line in file if line.strip()]
    jobs = []
    for name in dict.fromkeys(names):
        inside = os.path.basename(name) if os.path.isabs(name) or '://' in name or '..' in name else name
        stem = inside if os.path.isdir(os.path.join(root, name)) else os.path.splitext(inside)[0]
        jobs.append(Job(os.path.join(root, name) if '://' not in name else name, os.path.join(out, f'{stem}.{ext}')))
    twice = [job.target for i, job in enumerate(jobs) if job.target in {other.target for other in jobs[:i]}]
    if twice:
        raise ValueError(f'Two videos of {video_list} would have the features {twice[0]}. Rename one.')
    if not jobs:
        raise ValueError(f'{video_list} names no videos.')
    return jobs


@dataclass
class Extractor:
    """From a video to its features, or scores."""

    model: Any
    pool: Any
    args: argparse.Namespace

    @classmethod
    def build(cls, cfg: Any, args: argparse.Namespace) -> Extractor:
        from mmaction.apis import init_recognizer
        from mmaction.apis._weights import resolve_device

        checkpoint = None if args.checkpoint.lower() == 'none' else args.checkpoint
        device = resolve_device(args.device)
        if checkpoint is None:
            from mmaction.apis._windows import init_with_pretrained

            model = init_with_pretrained(cfg, device)
        else:
            model = init_recognizer(cfg, checkpoint, device=device)
        average = None if args.multi_view else 'score'
        pool = None
        if args.dump_score:
            if not getattr(model, 'with_cls_head', False):
                raise ValueError('--dump-score needs a model with a cls_head; this one has none.')
            model.cls_head.average_clips = None if args.multi_view else 'prob'
        else:
            from mmaction.apis._windows import feature_head

            spatial, temporal = (None if t == 'keep' else t for t in (args.spatial_type, args.temporal_type))
            pool = feature_head(model, spatial, temporal, average)
        return cls(model, pool, args)

    def __call__(self, video: str, description: str) -> np.ndarray:
        """(T, ...) of the clips of a long video; else the features of the video, (C,) or (views, C)."""
        from mmaction.apis import _windows as w
        from mmaction.utils.progress import track

        score = self.pool is None
        if not self.args.long_video_mode:
            from mmaction.apis._pipeline import InferencePipeline, config_naming, config_steps

            cfg = self.model.cfg
            pipeline = InferencePipeline(config_steps(cfg, loader_first=True), config_naming(cfg))
            rows = list(w.run_windows(self.model, track([pipeline(video)], description), self.pool, score))
            return (rows[0][1] if score else rows[0][0])[0].numpy()
        pipeline = w.WindowPipeline(self.model.cfg)
        grid = pipeline.clip_grid(
            self.args.clip_interval or 16, self.args.frame_interval, self.args.clip_len, model=self.model
        )
        with w.open_video(video, pipeline.naming) as reader:
            total = len(reader)
            samples = track(
                pipeline.samples(reader, grid.drawn(total), grid.count(total)), description, total=grid.count(total)
            )
            rows = list(w.run_windows(self.model, samples, self.pool, score, self.args.batch_size))
        return np.concatenate([(row[1] if score else row[0]).numpy() for row in rows])


def write_array(path: str, array: np.ndarray) -> None:
    """Write a table by the ending of the path: ``.pkl``, ``.npy``, or ``.csv`` (a row a clip, with a line of names)."""
    ext = os.path.splitext(path)[1]
    if ext == '.pkl':
        with open(path, 'wb') as file:
            pickle.dump(array, file)
    elif ext == '.npy':
        np.save(path, array)
    else:
        table = array.reshape(1, -1) if array.ndim == 1 else array.reshape(len(array), -1)
        header = ','.join(f'f{i}' for i in range(table.shape[1]))
        np.savetxt(path, table, '%.6g', ',', header=header, comments='')


parse_args, main = entry_points(__name__)
