"""Features of videos, by any recognizer: ``clip_feature_extraction.py CONFIG CHECKPOINT OUT --video-list LIST``."""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from mmaction.cli.args import add_common_arguments, check_at_least_one, load_config
from mmaction.cli.command import UsageError, entry_points
from mmaction.distributed.jobs import Job, attempt, complete_or_absent, device_of_rank, report, share_of_work

if TYPE_CHECKING:  # not imported before the arguments are parsed: it needs torch
    from mmaction.inference.features import FeatureExtractor

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
        args.device = device_of_rank(rank)
    jobs = find_videos(cfg, args.video_list, args.video_root, args.output_prefix, args.format)[rank::world]
    extractor = _build_extractor(cfg, args)
    todo = [job for job in jobs if not os.path.exists(job.target)]
    failures = []
    for number, job in enumerate(todo, start=1):
        title = f'{number}/{len(todo)} {os.path.basename(job.source)}'
        reason = attempt(partial(_extract, extractor=extractor, title=title, args=args), job)
        if reason:
            failures.append(reason)
    if report(jobs, todo, failures) < len(jobs):
        raise SystemExit(1)


def _extract(job: Job, extractor: FeatureExtractor, title: str, args: argparse.Namespace) -> None:
    from mmaction.inference.features import write_array
    from mmaction.inference.windows import DEFAULT_INTERVAL

    if args.long_video_mode:
        interval = args.clip_interval or DEFAULT_INTERVAL
        array = extractor.clips(job.source, title, interval, args.frame_interval, args.clip_len)
    else:
        array = extractor.video(job.source, title)
    with complete_or_absent(job.target) as path:
        write_array(path, array)


def find_videos(cfg: Any, video_list: str | None, root: str | None, out: str, ext: str) -> list[Job]:
    """The videos of a list, or of the test data of a config, and where their features go.

    Raises:
        FileNotFoundError: there is no such list.
        ValueError: neither is given, the list is empty, or two videos would have one file of features.
    """
    from mmaction.inference.pipeline import evaluation_datasets

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


def _build_extractor(cfg: Any, args: argparse.Namespace) -> FeatureExtractor:
    from mmaction.apis import init_recognizer
    from mmaction.apis._weights import resolve_device
    from mmaction.inference.features import FeatureExtractor
    from mmaction.inference.windows import init_with_pretrained

    device = resolve_device(args.device)
    if args.checkpoint.lower() == 'none':
        model = init_with_pretrained(cfg, device)
    else:
        model = init_recognizer(cfg, args.checkpoint, device=device)
    if args.dump_score:
        extractor = FeatureExtractor.of_scores(model, args.multi_view)
    else:
        spatial, temporal = (None if t == 'keep' else t for t in (args.spatial_type, args.temporal_type))
        extractor = FeatureExtractor.of_features(model, spatial, temporal, args.multi_view)
    return replace(extractor, batch_size=args.batch_size)


parse_args, main = entry_points(__name__)
