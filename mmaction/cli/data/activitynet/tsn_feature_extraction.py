"""Class scores of a TSN along untrimmed videos: ``tsn_feature_extraction.py --data-list LIST --ckpt CHECKPOINT``."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from mmaction.cli.args import add_device, check_at_least_one
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.distributed.jobs import Job, do_jobs
from mmaction.utils.files import read_as_utf8

if TYPE_CHECKING:
    from mmengine.config import Config

    from mmaction.inference.features import FeatureExtractor

HELP = 'Write the scores of a TSN along videos'
_CLASSES = 200  # of ActivityNet
# frames per clip, channels of the input, mean, standard deviation
_MODALITIES: dict[str, tuple[int, int, list[float], list[float]]] = {
    'RGB': (1, 3, [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]),
    'Flow': (5, 10, [128.0] * 10, [128.0] * 10),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/activitynet/tsn_feature_extraction.py``."""
    parser.add_argument('--data-prefix', default='', help='folder of the videos, or of their folders of frames')
    parser.add_argument('--output-prefix', default='', help='folder for the features, NAME.pkl')
    parser.add_argument('--data-list', required=True, help="list of videos, 'NAME NUMBER_OF_FRAMES LABEL' per line")
    parser.add_argument('--frame-interval', type=int, default=16, help='frames from clip to clip; default: 16')
    parser.add_argument('--modality', choices=_MODALITIES, default='RGB', help='default: RGB')
    parser.add_argument('--ckpt', required=True, help='checkpoint of a TSN with ResNet-50 for 200 classes: file or URL')
    parser.add_argument('--part', type=int, default=0, help='part of the list, from 0; default: 0')
    parser.add_argument('--total', type=int, default=1, help='number of parts; default: 1')
    add_device(parser)


def run(args: argparse.Namespace) -> None:
    """Extract; existing files are kept. The exit code is 1 if a video fails."""
    from mmaction.apis import init_recognizer
    from mmaction.inference.features import FeatureExtractor

    check_at_least_one(args, 'frame_interval', 'total')
    if not 0 <= args.part < args.total:
        raise UsageError(f'--part ({args.part}) must be in 0..{args.total - 1}, below --total')
    with read_as_utf8(args.data_list), open(args.data_list, encoding='utf-8') as file:
        names = [line.split()[0] for line in file if line.strip()]
    jobs = []
    for name in names[args.part :: args.total]:
        source = os.path.join(args.data_prefix, name)
        stem = os.path.basename(name) if os.path.isdir(source) else os.path.splitext(os.path.basename(name))[0]
        jobs.append(Job(source, os.path.join(args.output_prefix, f'{stem}.pkl')))
    model: Any = init_recognizer(config_of(args.modality), args.ckpt, args.device)
    # Views are kept apart, and with them the scores as they are, before any softmax.
    extractor = FeatureExtractor(model, None, multi_view=True, batch_size=32)

    def work(job: Job) -> None:
        _extract(job, extractor, args.frame_interval)

    if do_jobs(jobs, work, 0, 'Extracting features') < len(jobs):
        raise SystemExit(1)


def _extract(job: Job, extractor: FeatureExtractor, interval: int) -> None:
    from mmaction.inference.features import write_array
    from mmaction.utils.files import complete_or_absent

    scores = extractor.clips(job.source, os.path.basename(job.source), interval)
    scores = scores.reshape(len(scores), -1)  # (T, 1 view, classes) -> (T, classes)
    with complete_or_absent(job.target) as path:
        write_array(path, scores)


def config_of(modality: str) -> Config:
    """Config of the TSN of a modality, whose test pipeline takes frames of 256 pixels."""
    from mmengine.config import Config

    clip_len, channels, mean, std = _MODALITIES[modality]
    pipeline = [
        dict(type='SampleFrames', clip_len=clip_len, frame_interval=1, num_clips=1, test_mode=True),
        dict(type='RawFrameDecode'),
        dict(type='Resize', scale=(-1, 256)),
        dict(type='CenterCrop', crop_size=256),
        dict(type='FormatShape', input_format='NCHW'),
        dict(type='PackActionInputs'),
    ]
    dataset = dict(
        type='RawframeDataset',
        modality=modality,
        filename_tmpl='img_{:05}.jpg' if modality == 'RGB' else 'flow_{}_{:05d}.jpg',
        pipeline=pipeline,
    )
    return Config(
        dict(
            default_scope='mmaction',
            model=dict(
                type='Recognizer2D',
                backbone=dict(type='ResNet', depth=50, in_channels=channels, norm_eval=False),
                # The scores themselves are the features: nothing is normalized over the classes.
                cls_head=dict(type='TSNHead', num_classes=_CLASSES, in_channels=2048, average_clips='score'),
                data_preprocessor=dict(type='ActionDataPreprocessor', mean=mean, std=std, format_shape='NCHW'),
            ),
            test_pipeline=pipeline,
            test_dataloader=dict(dataset=dataset),
        )
    )


parse_args, main = entry_points(__name__)
