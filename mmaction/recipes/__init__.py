"""Recipes: functions that build the pipelines and loaders of the files under ``configs/``.

Pure functions from numbers to plain dicts, importing nothing: a config calls them after its ``_base_`` line and then
only states how it differs. (mmengine reads a config in the old style when it meets ``_base_`` first, which is what lets
a config import a module; a list that a child config overrides does not reach a loader built in its base, so children
call the recipe again.) The module sits here, not in ``mmaction.datasets``: importing that package loads PyTorch.

    _base_ = ['../../_base_/models/slowonly_r50.py', ...]
    import mmaction.recipes as r
    train_pipeline, val_pipeline, test_pipeline = r.clips(clip_len=8, frame_interval=8)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

Step = dict[str, Any]
Pipeline = list[Step]
Source = Literal['video', 'rawframes']
T = TypeVar('T')

__all__ = [
    'STHV1_FLIP',
    'STHV2_FLIP',
    'center_crop',
    'clips',
    'datasets',
    'flip',
    'loader',
    'loaders',
    'multi_scale_crop',
    'pipeline',
    'rand_augment',
    'random_crop',
    'random_resized_crop',
    'segments',
    'sounds',
    'ten_crop',
    'three_crop',
    'uniform',
]

# Something-Something: classes that name a side ("... from left to right") change into each other under a flip.
STHV1_FLIP = {2: 4, 4: 2, 30: 41, 41: 30, 52: 66, 66: 52}
STHV2_FLIP = {86: 87, 87: 86, 93: 94, 94: 93, 166: 167, 167: 166}


def either(value: T | None, fallback: T) -> T:
    """``value``, or the fallback for None. Not ``or``: 0 and an empty list are values."""
    return fallback if value is None else value


# ------------------------------------------------------------------------------------------------- spatial parts
def _short_side(short: int | None) -> Pipeline:
    return [] if short is None else [dict(type='Resize', scale=(-1, short))]


def _square(size: int) -> Step:
    return dict(type='Resize', scale=(size, size), keep_ratio=False)


def random_resized_crop(size: int = 224, short: int | None = 256) -> Pipeline:
    """Crop of random area and aspect ratio, as in image classification, resized to ``size`` x ``size`` pixels."""
    return [*_short_side(short), dict(type='RandomResizedCrop'), _square(size)]


def multi_scale_crop(
    size: int = 224,
    short: int | None = 256,
    *,
    scales: Sequence[float] = (1, 0.875, 0.75, 0.66),
    max_gap: int = 1,
    fixed_crops: int | None = None,
) -> Pipeline:
    """Crop of one of several sizes at a fixed position (TSN, Sec. 4.1), resized to ``size`` x ``size`` pixels.

    Args:
        size: side of the result in pixels.
        short: length to resize the short side to first, in pixels; None: not resized.
        scales: sides of the crop, as fractions of the short side.
        max_gap: largest distance between the indices of width and height in ``scales``.
        fixed_crops: number of positions, 5 or 13; None: the default of the transform (5).
    """
    crop: Step = dict(
        type='MultiScaleCrop', input_size=size, scales=tuple(scales), random_crop=False, max_wh_scale_gap=max_gap
    )
    if fixed_crops is not None:
        crop['num_fixed_crops'] = fixed_crops
    return [*_short_side(short), crop, _square(size)]


def random_crop(size: int = 224, short: int | None = 256) -> Pipeline:
    """Square of ``size`` pixels at a random position."""
    return [*_short_side(short), dict(type='RandomCrop', size=size)]


def flip(label_map: Mapping[int, int] | None = None) -> Step:
    """Flip half of the clips left to right; ``label_map`` maps classes that a flip turns into others."""
    step: Step = dict(type='Flip', flip_ratio=0.5)
    if label_map is not None:
        step['flip_label_map'] = dict(label_map)
    return step


def rand_augment(size: int = 224, short: int | None = 256, **keywords: Any) -> Pipeline:
    """RandAugment (https://arxiv.org/abs/1909.13719) on the whole clip, then :func:`random_resized_crop`."""
    augment: Step = dict(type='PytorchVideoWrapper', op='RandAugment', magnitude=7, **keywords)
    return [*_short_side(short), augment, *random_resized_crop(size, short=None)]


def center_crop(size: int = 224, short: int | None = 256) -> Pipeline:
    """Single view: the center of the frame."""
    return [*_short_side(short), dict(type='CenterCrop', crop_size=size)]


def three_crop(size: int = 256, short: int | None = 256) -> Pipeline:
    """Three views along the long side of the frame."""
    return [*_short_side(short), dict(type='ThreeCrop', crop_size=size)]


def ten_crop(size: int = 224, short: int | None = 256) -> Pipeline:
    """Ten views: four corners and center, and the same five flipped."""
    return [*_short_side(short), dict(type='TenCrop', crop_size=size)]


# --------------------------------------------------------------------------------------------------- pipelines
def pipeline(
    sample: Step,
    steps: Sequence[Step],
    layout: str,
    *,
    source: Source = 'video',
    io: Mapping[str, Any] | None = None,
) -> Pipeline:
    """Build a pipeline: decode the frames that ``sample`` selects, apply ``steps``, format and pack.

    Args:
        sample: transform that selects frame indices.
        steps: transforms of the decoded frames.
        layout: ``input_format`` of ``FormatShape``: 'NCHW' for 2D, 'NCTHW' for 3D networks.
        source: 'video' files, or folders of extracted frames ('rawframes').
        io: keywords of the transform that opens files; None means ``dict(io_backend='disk')``.
    """
    io = either(io, dict(io_backend='disk'))
    if source == 'video':
        read = [dict(type='DecordInit', **io), sample, dict(type='DecordDecode')]
    elif source == 'rawframes':
        read = [sample, dict(type='RawFrameDecode', **io)]
    else:
        raise ValueError(f"source ({source!r}) must be 'video' or 'rawframes'")
    return [*read, *map(dict, steps), dict(type='FormatShape', input_format=layout), dict(type='PackActionInputs')]


def clips(
    clip_len: int,
    frame_interval: int = 1,
    num_clips: int = 1,
    *,
    augment: Sequence[Step] | None = None,
    val_view: Sequence[Step] | None = None,
    val_clips: int | None = None,
    test_view: Sequence[Step] | None = None,
    test_clips: int | None = None,
    twice_sample: bool = False,
    sampler: str = 'SampleFrames',
    layout: str = 'NCTHW',
    source: Source = 'video',
    io: Mapping[str, Any] | None = None,
) -> tuple[Pipeline, Pipeline, Pipeline]:
    """Pipelines to train, validate and test on clips of consecutive frames (3D networks).

    Args:
        clip_len: frames in a clip.
        frame_interval: displacement between frames of a clip, in source frames.
        num_clips: clips per video in training.
        augment: spatial transforms of training; None: ``[*random_resized_crop(), flip()]``.
        val_view: spatial transforms of validation; None: ``center_crop()``.
        val_clips: clips per video in validation; None: ``num_clips``.
        test_view: spatial transforms of testing; None: ``three_crop()``.
        test_clips: clips per video in testing; None: 10.
        twice_sample: test on two frames of each segment.
        sampler: type of the transform that selects frame indices.
        layout: see :func:`pipeline`.
        source: see :func:`pipeline`.
        io: see :func:`pipeline`.

    Returns:
        The train, validation and test pipelines.
    """

    def build(n: int, steps: Sequence[Step], **extra: bool) -> Pipeline:
        sample = dict(type=sampler, clip_len=clip_len, frame_interval=frame_interval, num_clips=n, **extra)
        return pipeline(sample, steps, layout, source=source, io=io)

    twice = {'twice_sample': True} if twice_sample else {}
    return (
        build(num_clips, either(augment, [*random_resized_crop(), flip()])),
        build(either(val_clips, num_clips), val_view or center_crop(), test_mode=True),
        build(either(test_clips, 10), test_view or three_crop(), test_mode=True, **twice),
    )


def segments(
    num_segments: int,
    *,
    augment: Sequence[Step] | None = None,
    flip_label_map: Mapping[int, int] | None = None,
    fixed_crops: int | None = None,
    test_view: Sequence[Step] | None = None,
    test_clips: int | None = None,
    **keywords: Any,
) -> tuple[Pipeline, Pipeline, Pipeline]:
    """Pipelines to train, validate and test on one frame of each of ``num_segments`` segments (2D networks).

    Args:
        num_segments: number of equal segments of a video.
        augment: spatial transforms of training; None: ``[*multi_scale_crop(fixed_crops=...), flip(flip_label_map)]``.
        flip_label_map: see :func:`flip`.
        fixed_crops: see :func:`multi_scale_crop`.
        test_view: spatial transforms of testing; None: ``ten_crop()``.
        test_clips: frames per video in testing; None: ``num_segments``.
        **keywords: further keywords of :func:`clips`.
    """
    settings: dict[str, Any] = dict(clip_len=1, layout='NCHW') | keywords
    return clips(
        num_clips=num_segments,
        augment=either(augment, [*multi_scale_crop(fixed_crops=fixed_crops), flip(flip_label_map)]),
        test_view=test_view or ten_crop(),
        test_clips=either(test_clips, num_segments),
        **settings,
    )


def sounds(
    clip_len: int, frame_interval: int = 1, num_clips: int = 1, *, test_clips: int | None = None
) -> tuple[Pipeline, Pipeline, Pipeline]:
    """Pipelines to train, validate and test on the audio features of clips of a video.

    Args:
        clip_len: video frames in a clip.
        frame_interval: displacement between frames of a clip, in video frames.
        num_clips: clips per video in training and validation.
        test_clips: clips per video in testing; None: ``num_clips``.

    Returns:
        The train, validation and test pipelines.
    """

    def build(n: int, **extra: bool) -> Pipeline:
        return [
            dict(type='LoadAudioFeature'),
            dict(type='SampleFrames', clip_len=clip_len, frame_interval=frame_interval, num_clips=n, **extra),
            dict(type='AudioFeatureSelector'),
            dict(type='FormatAudioShape', input_format='NCTF'),
            dict(type='PackActionInputs'),
        ]

    test = build(either(test_clips, num_clips), test_mode=True)
    return build(num_clips), build(num_clips, test_mode=True), test


def uniform(
    clip_len: int,
    num_clips: int | None = None,
    *,
    augment: Sequence[Step] | None = None,
    val_view: Sequence[Step] | None = None,
    test_view: Sequence[Step] | None = None,
    test_clips: int | None = None,
    io: Mapping[str, Any] | None = None,
) -> tuple[Pipeline, Pipeline, Pipeline]:
    """Pipelines to train, validate and test on frames sampled uniformly from the whole video (3D networks).

    Args:
        clip_len: frames in a clip, one per segment of the video.
        num_clips: clips per video in training and validation; None: the default of the transform (1).
        augment: spatial transforms of training; None: ``[*rand_augment(num_layers=4), flip()]``.
        val_view: spatial transforms of validation; None: ``center_crop()``.
        test_view: spatial transforms of testing; None: ``three_crop(224, short=224)``.
        test_clips: clips per video in testing; None: ``num_clips``.
        io: see :func:`pipeline`.

    Returns:
        The train, validation and test pipelines.
    """

    def build(n: int | None, steps: Sequence[Step], **extra: bool) -> Pipeline:
        number = {} if n is None else {'num_clips': n}
        sample = dict(type='UniformSample', clip_len=clip_len, **number, **extra)
        return pipeline(sample, steps, 'NCTHW', io=io)

    return (
        build(num_clips, either(augment, [*rand_augment(num_layers=4), flip()])),
        build(num_clips, val_view or center_crop(), test_mode=True),
        build(either(test_clips, num_clips), test_view or three_crop(224, short=224), test_mode=True),
    )


# ----------------------------------------------------------------------------------------------------- loaders
def loader(dataset: Step, batch_size: int, *, shuffle: bool = False, num_workers: int = 8) -> Step:
    """Config of a data loader; ``batch_size`` and ``num_workers`` are those of one process."""
    return dict(
        batch_size=batch_size,
        num_workers=num_workers,
        persistent_workers=num_workers > 0,
        sampler=dict(type='DefaultSampler', shuffle=shuffle),
        dataset=dataset,
    )


def datasets(
    pipelines: tuple[Pipeline, Pipeline, Pipeline], train: Step, val: Step, test: Step | None = None
) -> tuple[Step, Step, Step]:
    """Datasets to train, validate and test, from datasets without a pipeline; arguments as of :func:`loaders`."""
    train_pipeline, val_pipeline, test_pipeline = pipelines
    return (
        _complete(train, pipeline=train_pipeline),
        _complete(val, pipeline=val_pipeline, test_mode=True),
        _complete(either(test, val), pipeline=test_pipeline, test_mode=True),
    )


def loaders(
    batch_size: int,
    pipelines: tuple[Pipeline, Pipeline, Pipeline],
    train: Step = {},
    val: Step = {},
    test: Step | None = None,
    *,
    num_workers: int = 8,
    val_batch_size: int | None = None,
) -> tuple[Step, Step, Step]:
    """Loaders to train, validate and test, from datasets without a pipeline; testing uses batches of one.

    Args:
        batch_size: samples per process in training and, by default, validation.
        pipelines: the train, validation and test pipelines.
        train: training dataset, or a ``ConcatDataset`` of several; empty where the ``_base_`` has it.
        val: validation dataset, likewise.
        test: test dataset; None: the validation dataset.
        num_workers: see :func:`loader`.
        val_batch_size: samples per process in validation.
    """
    train_set, val_set, test_set = datasets(pipelines, train, val, test)
    return (
        loader(train_set, batch_size, shuffle=True, num_workers=num_workers),
        loader(val_set, either(val_batch_size, batch_size), num_workers=num_workers),
        loader(test_set, 1, num_workers=num_workers),
    )


def _complete(dataset: Step, **settings: Any) -> Step:
    if 'datasets' in dataset:
        return dict(dataset, datasets=[_complete(part, **settings) for part in dataset['datasets']])
    return dict(dataset, **settings)
