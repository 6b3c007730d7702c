"""Pipelines and loaders that the files under ``configs/`` are written with.

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
from typing import Any, Literal

Step = dict[str, Any]
Pipeline = list[Step]
Source = Literal['video', 'rawframes']

__all__ = [
    'STHV1_FLIP',
    'STHV2_FLIP',
    'center_crop',
    'clips',
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


# ------------------------------------------------------------------------------------------------- spatial parts
def _short_side(short: int | None) -> Pipeline:
    return [] if short is None else [dict(type='Resize', scale=(-1, short))]


def _square(size: int) -> Step:
    return dict(type='Resize', scale=(size, size), keep_ratio=False)


def random_resized_crop(size: int = 224, short: int | None = 256) -> Pipeline:
    """A crop of random area and shape, as for image classification, scaled to ``size`` x ``size`` pixels."""
    return [*_short_side(short), dict(type='RandomResizedCrop'), _square(size)]


def multi_scale_crop(
    size: int = 224,
    short: int | None = 256,
    *,
    scales: Sequence[float] = (1, 0.875, 0.75, 0.66),
    max_gap: int = 1,
    fixed_crops: int | None = None,
) -> Pipeline:
    """A crop of one of some sizes at one of some fixed places (TSN, Sec. 4.1), scaled to ``size`` x ``size`` pixels.

    Args:
        size: side of what comes out, pixels.
        short: side that the short side is resized to first, pixels; ``None``: not resized.
        scales: sides of the crop, as shares of the short side.
        max_gap: how many places in ``scales`` width and height may be apart.
        fixed_crops: 5 or 13 places; ``None``: the transform's default (5).
    """
    crop: Step = dict(
        type='MultiScaleCrop', input_size=size, scales=tuple(scales), random_crop=False, max_wh_scale_gap=max_gap
    )
    if fixed_crops is not None:
        crop['num_fixed_crops'] = fixed_crops
    return [*_short_side(short), crop, _square(size)]


def random_crop(size: int = 224, short: int | None = 256) -> Pipeline:
    """A square of ``size`` pixels from anywhere in the frame."""
    return [*_short_side(short), dict(type='RandomCrop', size=size)]


def flip(label_map: Mapping[int, int] | None = None) -> Step:
    """Flip every second clip left to right; ``label_map``: the classes that change into others by it."""
    step: Step = dict(type='Flip', flip_ratio=0.5)
    if label_map is not None:
        step['flip_label_map'] = dict(label_map)
    return step


def rand_augment(size: int = 224, short: int | None = 256, **keywords: Any) -> Pipeline:
    """RandAugment (https://arxiv.org/abs/1909.13719) on the whole clip, then :func:`random_resized_crop`."""
    augment: Step = dict(type='PytorchVideoWrapper', op='RandAugment', magnitude=7, **keywords)
    return [*_short_side(short), augment, *random_resized_crop(size, short=None)]


def center_crop(size: int = 224, short: int | None = 256) -> Pipeline:
    """One view: the middle of the frame."""
    return [*_short_side(short), dict(type='CenterCrop', crop_size=size)]


def three_crop(size: int = 256, short: int | None = 256) -> Pipeline:
    """Three views that cover the frame along its long side."""
    return [*_short_side(short), dict(type='ThreeCrop', crop_size=size)]


def ten_crop(size: int = 224, short: int | None = 256) -> Pipeline:
    """Ten views: the corners and the middle, and all five flipped."""
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
    """Read the frames that ``sample`` picks, pass them through ``steps``, lay them out and pack them.

    Args:
        sample: the transform that picks frame indices.
        steps: what happens to the decoded frames.
        layout: ``input_format`` of ``FormatShape``: 'NCHW' for 2D, 'NCTHW' for 3D networks.
        source: 'video' files, or folders of extracted frames ('rawframes').
        io: keywords of the transform that opens files, such as ``dict(io_backend='disk')``, which ``None`` stands for.
    """
    io = dict(io_backend='disk') if io is None else dict(io)
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
        frame_interval: source frames from one frame of the clip to the next.
        num_clips: clips of a video when training.
        augment: spatial steps when training; ``None``: ``[*random_resized_crop(), flip()]``.
        val_view: spatial steps when validating; ``None``: ``center_crop()``.
        val_clips: clips of a video when validating; ``None``: ``num_clips``.
        test_view: spatial steps when testing; ``None``: ``three_crop()``.
        test_clips: clips of a video when testing; ``None``: 10.
        twice_sample: test on two frames of each segment.
        sampler: type of the transform that picks frame indices.
        layout, source, io: see :func:`pipeline`.

    Returns:
        The train, validation and test pipelines.
    """

    def build(n: int, steps: Sequence[Step], **extra: bool) -> Pipeline:
        sample = dict(type=sampler, clip_len=clip_len, frame_interval=frame_interval, num_clips=n, **extra)
        return pipeline(sample, steps, layout, source=source, io=io)

    twice = {'twice_sample': True} if twice_sample else {}
    return (
        build(num_clips, [*random_resized_crop(), flip()] if augment is None else augment),
        build(num_clips if val_clips is None else val_clips, val_view or center_crop(), test_mode=True),
        build(10 if test_clips is None else test_clips, test_view or three_crop(), test_mode=True, **twice),
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
    """Pipelines to train, validate and test on one frame of each of ``num_segments`` parts of a video (2D networks).

    Args:
        num_segments: parts that a video is cut into.
        augment: spatial steps when training; ``None``: ``[*multi_scale_crop(fixed_crops=...), flip(flip_label_map)]``.
        flip_label_map: see :func:`flip`.
        fixed_crops: see :func:`multi_scale_crop`.
        test_view: spatial steps when testing; ``None``: ``ten_crop()``.
        test_clips: frames of a video when testing; ``None``: ``num_segments``.
        keywords: the other keywords of :func:`clips`.
    """
    if augment is None:
        augment = [*multi_scale_crop(fixed_crops=fixed_crops), flip(flip_label_map)]
    settings: dict[str, Any] = dict(clip_len=1, layout='NCHW') | keywords
    return clips(
        num_clips=num_segments,
        augment=augment,
        test_view=test_view or ten_crop(),
        test_clips=num_segments if test_clips is None else test_clips,
        **settings,
    )


def sounds(
    clip_len: int, frame_interval: int = 1, num_clips: int = 1, *, test_clips: int | None = None
) -> tuple[Pipeline, Pipeline, Pipeline]:
    """Pipelines to train, validate and test on the features of the sound that goes with clips of a video.

    Args:
        clip_len: frames of the video in a clip.
        frame_interval: frames of the video from one frame of the clip to the next.
        num_clips: clips of a video when training and validating.
        test_clips: clips of a video when testing; ``None``: ``num_clips``.

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

    return (
        build(num_clips),
        build(num_clips, test_mode=True),
        build(num_clips if test_clips is None else test_clips, test_mode=True),
    )


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
    """Pipelines to train, validate and test on frames spread evenly over the video (3D networks).

    Args:
        clip_len: frames in a clip: as many as there are parts that a video is cut into.
        num_clips: clips of a video when training and validating; ``None``: the transform's default (1).
        augment: spatial steps when training; ``None``: ``[*rand_augment(num_layers=4), flip()]``.
        val_view: spatial steps when validating; ``None``: ``center_crop()``.
        test_view: spatial steps when testing; ``None``: ``three_crop(224, short=224)``.
        test_clips: clips of a video when testing; ``None``: ``num_clips``.
        io: see :func:`pipeline`.

    Returns:
        The train, validation and test pipelines.
    """

    def build(n: int | None, steps: Sequence[Step], **extra: bool) -> Pipeline:
        number = {} if n is None else {'num_clips': n}
        sample = dict(type='UniformSample', clip_len=clip_len, **number, **extra)
        return pipeline(sample, steps, 'NCTHW', io=io)

    return (
        build(num_clips, [*rand_augment(num_layers=4), flip()] if augment is None else augment),
        build(num_clips, val_view or center_crop(), test_mode=True),
        build(num_clips if test_clips is None else test_clips, test_view or three_crop(224, short=224), test_mode=True),
    )


# ----------------------------------------------------------------------------------------------------- loaders
def loader(dataset: Step, batch_size: int, *, shuffle: bool = False, num_workers: int = 8) -> Step:
    """Config of a data loader; ``batch_size`` and ``num_workers`` are those of one process."""
    return dict(
        batch_size=batch_size,
        num_workers=num_workers,
        persistent_workers=True,
        sampler=dict(type='DefaultSampler', shuffle=shuffle),
        dataset=dataset,
    )


def loaders(
    batch_size: int,
    pipelines: tuple[Pipeline, Pipeline, Pipeline],
    train: Step,
    val: Step,
    test: Step | None = None,
    *,
    num_workers: int = 8,
) -> tuple[Step, Step, Step]:
    """Loaders to train, validate and test, from datasets that still lack their pipeline; tests go one by one.

    Args:
        batch_size: samples of one process when training and validating.
        pipelines: the train, validation and test pipelines.
        train: the dataset to train on, or a ``ConcatDataset`` of some.
        val: the dataset to validate on.
        test: the dataset to test on; ``None``: the one to validate on.
        num_workers: see :func:`loader`.
    """
    train_pipeline, val_pipeline, test_pipeline = pipelines
    return (
        loader(_complete(train, pipeline=train_pipeline), batch_size, shuffle=True, num_workers=num_workers),
        loader(_complete(val, pipeline=val_pipeline, test_mode=True), batch_size, num_workers=num_workers),
        loader(
            _complete(val if test is None else test, pipeline=test_pipeline, test_mode=True),
            1,
            num_workers=num_workers,
        ),
    )


def _complete(dataset: Step, **settings: Any) -> Step:
    if 'datasets' in dataset:
        return dict(dataset, datasets=[_complete(part, **settings) for part in dataset['datasets']])
    return dict(dataset, **settings)
