"""Features of videos, by any recognizer: ``clip_feature_extraction.py CONFIG CHECKPOINT OUT --video-list LIST``."""

from __future__ import annotations

import argparse
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from mmaction.cli.args import (
    add_common_arguments,
    add_precision,
    check_at_least_one,
    load_config,
    load_recognizer,
    precision_of,
)
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.cli.flags_0x import LIST_FORMATS, fuse_conv_bn
from mmaction.distributed.jobs import Job, attempt, complete_or_absent, device_of_rank, report, share_of_work

if TYPE_CHECKING:
    from mmengine.config import Config

    from mmaction.inference.features import FeatureExtractor
    from mmaction.models.heads.feature_head import PoolType

HELP = 'Extract features of videos'
# Names on the command line, where None cannot be written.
_POOLINGS: dict[str, PoolType] = {'avg': 'avg', 'max': 'max', 'keep': None}


class _InsteadOf(argparse.Action):
    """An option that takes the place of a positional argument.

    A positional argument with ``nargs='?'`` would be optional too, but not be found behind options.
    """

    def __init__(self, *args: Any, replaces: argparse.Action, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._replaces = replaces

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, values)
        self._replaces.required = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/misc/clip_feature_extraction.py``."""
    parser.description = 'Extract features of videos. Existing files are skipped, so that a run may be resumed.'
    parser.add_argument(
        'config', help="config of a recognizer, or 'hf:' and a model of transformers, timm or open_clip: folder or name"
    )
    parser.add_argument('checkpoint', help='file or URL; none: the pretrained weights that the config names')
    prefix = parser.add_argument('output_prefix', help='folder for the features, one file per video')
    parser.add_argument(
        '--video-list', help="list of videos, one 'PATH' or 'PATH LABEL' per line. Default: the test data"
    )
    parser.add_argument('--video-root', help='folder of the videos. Default: the folder of the test data')
    parser.add_argument('--spatial-type', default='avg', choices=_POOLINGS, help='pooling over space')
    parser.add_argument('--temporal-type', default='avg', choices=_POOLINGS, help='pooling over time')
    parser.add_argument(
        '--long-video-mode', action='store_true', help='one row of features for each of many clips along the video'
    )
    parser.add_argument('--clip-interval', type=int, help='frames between clips in long-video mode. Default: 16')
    parser.add_argument(
        '--frame-interval', type=int, help="frames between a clip's frames in long-video mode. Default: the config's"
    )
    parser.add_argument('--clip-len', type=int, help="frames per clip in long-video mode. Default: the config's")
    parser.add_argument('--multi-view', action='store_true', help='keep the views of a video apart')
    parser.add_argument('--dump-score', action='store_true', help='write class scores instead of features')
    parser.add_argument(
        '--format',
        default='pkl',
        choices=('pkl', 'npy', 'csv', 'npz'),
        help='of the files; npz has the times of the clips, and model and license, too',
    )
    parser.add_argument('--cache', help='folder that keeps features by content and model, for later runs')
    parser.add_argument('--batch-size', type=int, default=8, help='clips per batch')
    parser.add_argument('--device', help='cpu, cuda:0, ... Default: CUDA if available, else the CPU')
    add_precision(parser)
    add_common_arguments(parser)
    group = parser.add_argument_group('as in MMAction2 0.x')
    group.add_argument(
        '--out',
        action=_InsteadOf,
        replaces=prefix,
        help='instead of output_prefix: a file for a list of the features of all videos, .pkl, .json or .yaml',
    )
    group.add_argument('--fuse-conv-bn', action='store_true', help='fuse convolutions with batch normalization')
    group.add_argument('--gpu-collect', action='store_true', help='nothing: the processes meet in files')
    group.add_argument('--tmpdir', help='folder for the files until --out is written; default: OUT.parts')


def _check(args: argparse.Namespace) -> None:
    if args.output_prefix and args.out:
        raise UsageError('output_prefix, a folder of files, and --out, one file, exclude each other')
    if args.out is not None and not args.out.endswith(LIST_FORMATS):
        raise UsageError(f'--out ({args.out}) must end in {", ".join(LIST_FORMATS)}')
    for name in ('clip_interval', 'frame_interval', 'clip_len'):
        if getattr(args, name) is not None and not args.long_video_mode:
            raise UsageError(f'--{name.replace("_", "-")} needs --long-video-mode')
    if args.multi_view and args.long_video_mode:
        raise UsageError('--multi-view and --long-video-mode exclude each other: each clip of a long video is one view')
    check_at_least_one(args, 'clip_interval', 'frame_interval', 'clip_len', 'batch_size')


def run(args: argparse.Namespace) -> None:
    """Extract and write; the exit code is 1 if a video fails."""
    from mmaction.inference.pipeline import check_takes_videos

    _check(args)
    args.work_dir = None  # load_config reads it: nothing is logged
    cfg = load_config(args)
    rank, world = share_of_work(args.launcher)
    if args.device is None and world > 1:
        args.device = device_of_rank(rank)
    check_takes_videos(cfg)
    if args.out is not None:
        args.output_prefix = os.path.join(args.tmpdir, 'parts') if args.tmpdir else f'{args.out}.parts'
        args.format = 'npy'
    all_jobs = find_videos(cfg, args.video_list, args.video_root, args.output_prefix, args.format)
    jobs = all_jobs[rank::world]
    extractor = _build_extractor(cfg, args)
    if extractor.license is not None:
        print(f'License of the weights, by their model card: {extractor.license}.')
    todo = [job for job in jobs if not os.path.exists(job.target)]
    failures = []
    for number, job in enumerate(todo, start=1):
        title = f'{number}/{len(todo)} {os.path.basename(job.source)}'
        reason = attempt(partial(_extract, extractor=extractor, title=title, args=args), job)
        if reason:
            failures.append(reason)
    if report(jobs, todo, failures) < len(jobs):
        raise SystemExit(1)
    if args.out is not None:
        _join(all_jobs, args.output_prefix, args.out)


def _join(jobs: Sequence[Job], folder: str, out: str) -> None:
    """Write the features of all videos as one list, once the last process is done."""
    import numpy as np
    from mmengine.fileio import dump

    if not all(os.path.exists(job.target) for job in jobs):
        return  # another process is still at work
    taken = f'{folder}.{os.getpid()}'
    try:
        os.rename(folder, taken)  # of several processes that end at a time, one succeeds
    except FileNotFoundError:
        return
    arrays = [np.load(os.path.join(taken, os.path.relpath(job.target, folder))) for job in jobs]
    with complete_or_absent(out) as path:
        dump(arrays if out.endswith(('.pkl', '.pickle')) else [array.tolist() for array in arrays], path)
    shutil.rmtree(taken)
    print(f'The features are at {out}.')


def _build_extractor(cfg: Config, args: argparse.Namespace) -> FeatureExtractor:
    from mmaction.inference.feature_store import FeatureStore
    from mmaction.inference.features import FeatureExtractor

    model = load_recognizer(cfg, args.checkpoint, args.device, **precision_of(args))
    if args.fuse_conv_bn:
        fuse_conv_bn(model)
    if args.dump_score:
        extractor = FeatureExtractor.of_scores(model, args.multi_view)
    else:
        spatial, temporal = (_POOLINGS[kind] for kind in (args.spatial_type, args.temporal_type))
        extractor = FeatureExtractor.of_features(model, spatial, temporal, args.multi_view)
    store = FeatureStore(args.cache) if args.cache else None
    return replace(extractor, batch_size=args.batch_size, store=store)


def _extract(job: Job, extractor: FeatureExtractor, title: str, args: argparse.Namespace) -> None:
    from mmaction.inference.features import write_array
    from mmaction.inference.windows import DEFAULT_INTERVAL

    clips = (args.clip_interval or DEFAULT_INTERVAL, args.frame_interval, args.clip_len)
    if args.format == 'npz' or extractor.store is not None:
        if args.long_video_mode:
            found = extractor.timed_clips(job.source, title, *clips)
        else:
            found = extractor.timed_video(job.source, title)
        array = found.features if args.long_video_mode else found.features[0]
    elif args.long_video_mode:
        array = extractor.clips(job.source, title, *clips)
    else:
        array = extractor.video(job.source, title)
    with complete_or_absent(job.target) as path:
        if args.format == 'npz':
            found.save(path)
        else:
            write_array(path, array)


def find_videos(cfg: Any, video_list: str | None, root: str | None, out: str, ext: str) -> list[Job]:
    """Find the videos of a list, by default of the test data, and name the files of their features.

    Args:
        cfg: a config, whose test data are the default of the next two.
        video_list: file with one ``PATH`` or ``PATH LABEL`` per line.
        root: folder of the videos.
        out: folder of the features.
        ext: suffix of their files, without the dot.

    Raises:
        FileNotFoundError: there is no such list.
        ValueError: there are no list and no test data, the list is empty, or two videos have the same target.
    """
    from mmaction.inference.pipeline import evaluation_datasets

    dataset = next((data for data in evaluation_datasets(cfg) if data.get('ann_file')), {})
    video_list = video_list or dataset.get('ann_file')
    if root is None:
        root = _data_root(dataset)
    if not video_list:
        raise ValueError('The config has no test data; give --video-list.')
    if not os.path.isfile(video_list):
        raise FileNotFoundError(f'There is no list of videos at {video_list}.')
    with open(video_list, encoding='utf-8') as file:
        lines = [line.strip() for line in file if line.strip()]
    if not lines:
        raise ValueError(f'{video_list} lists no videos.')
    jobs: dict[str, Job] = {}
    for line in lines:
        name = re.sub(r'(\s+\d+)+$', '', line)  # numbers of frames and class indices follow the path
        job = _job_of(name, root, out, ext)
        if jobs.setdefault(job.target, job) != job:
            raise ValueError(f'Two videos of {video_list} would have the features {job.target}. Rename one.')
    return list(jobs.values())


def _data_root(dataset: Mapping[str, Any]) -> str:
    prefix = dataset.get('data_prefix') or {}
    if isinstance(prefix, Mapping):
        return next(iter(prefix.values()), '')
    return prefix


def _job_of(name: str, root: str, out: str, ext: str) -> Job:
    remote = '://' in name  # of any file backend
    source = name if remote else os.path.join(root, name)
    # The features lie in the sub-folders of the videos, unless those lead out of the root.
    outside = os.path.isabs(name) or remote or '..' in name
    stem = os.path.basename(name) if outside else name
    if not os.path.isdir(source):  # the name of a folder of frames has no suffix, though it may have a dot
        stem = os.path.splitext(stem)[0]
    return Job(source, os.path.join(out, f'{stem}.{ext}'))


parse_args, main = entry_points(__name__)
