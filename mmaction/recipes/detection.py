"""Pipelines and loaders of the configs under ``configs/detection``. Pure functions of plain dicts, as its siblings.

=========================== ====================================================================
:func:`clips`               pipelines of clips around the annotated moments of a video
:func:`square_clips`        the same with small squares of the whole frame
:func:`dataset`             what the data sets of a config have in common
:func:`loaders`             train, validation and test loader
:func:`ava_metric`          frame mAP in the manner of ActivityNet
:func:`multisports_dataset` data set of MultiSports
:func:`own_dataset`         data set of people's own videos
:func:`own_metric`          its frame mAP
:func:`cosine_schedule`     learning rate with a linear warm-up and a cosine decay
=========================== ====================================================================

    import mmaction.recipes.detection as det
    train_pipeline, val_pipeline, test_pipeline = det.clips(clip_len=4, frame_interval=16)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mmaction.recipes as recipes
from mmaction.recipes import Pipeline, Source, Step, either, flip

__all__ = [
    'ava_metric',
    'clips',
    'cosine_schedule',
    'dataset',
    'loaders',
    'multisports_dataset',
    'own_dataset',
    'own_metric',
    'square_clips',
]


def _read(source: Source, sample: Step, io: Mapping[str, Any]) -> Pipeline:
    if source == 'video':
        return [dict(type='DecordInit', **io), sample, dict(type='DecordDecode')]
    return [sample, dict(type='RawFrameDecode', **io)]


def clips(
    clip_len: int, frame_interval: int, *, source: Source = 'rawframes', io: Mapping[str, Any] | None = None
) -> tuple[Pipeline, Pipeline, Pipeline]:
    """Pipelines to train, validate and test on the clips around annotated moments.

    Training crops 256 x 256 pixels of a frame whose short side is 256 to 320; validation and test see whole frames.

    Args:
        clip_len: frames in a clip.
        frame_interval: displacement between frames of a clip, in source frames.
        source: folders of extracted frames ('rawframes'), or 'video' files.
        io: keywords of the transform that opens files; None means ``dict(io_backend='disk')``.

    Returns:
        The train, validation and test pipelines.
    """
    return _pipelines(
        dict(type='SampleAVAFrames', clip_len=clip_len, frame_interval=frame_interval),
        dict(type='RandomRescale', scale_range=(256, 320)),
        dict(type='Resize', scale=(-1, 256)),
        crop=256,
        source=source,
        io=either(io, dict(io_backend='disk')),
    )


def square_clips(
    clip_len: int,
    frame_interval: int,
    *,
    size: int = 96,
    side: int = 112,
    source: Source = 'video',
    io: Mapping[str, Any] | None = None,
) -> tuple[Pipeline, Pipeline, Pipeline]:
    """Pipelines for small networks: the whole frame becomes a square, so that no person is cut off.

    Args:
        clip_len: frames in a clip.
        frame_interval: displacement between frames of a clip, in source frames.
        size: side of the crop to train on, in pixels.
        side: side of the squares, in pixels.
        source: 'video' files, or folders of extracted frames ('rawframes').
        io: see :func:`clips`.

    Returns:
        The train, validation and test pipelines.
    """
    square: Step = dict(type='Resize', scale=(side, side), keep_ratio=False)
    return _pipelines(
        dict(type='SampleAVAFrames', clip_len=clip_len, frame_interval=frame_interval),
        square,
        square,
        crop=size,
        source=source,
        io=either(io, dict(io_backend='disk')),
    )


def _pipelines(
    sample: Step, resize_train: Step, resize_val: Step, *, crop: int, source: Source, io: Mapping[str, Any]
) -> tuple[Pipeline, Pipeline, Pipeline]:
    pack: Pipeline = [dict(type='FormatShape', input_format='NCTHW', collapse=True), dict(type='PackActionInputs')]
    train = [*_read(source, sample, io), resize_train, dict(type='RandomCrop', size=crop), flip(), *pack]
    val = [*_read(source, dict(sample, test_mode=True), io), resize_val, *pack]
    return train, val, val


def dataset(kind: str, root: str, **settings: Any) -> Step:
    """Config of a data set in AVA's format; ``settings`` are further arguments of its class."""
    return dict(type=kind, data_prefix=dict(img=root), **settings)


def loaders(
    batch_size: int,
    pipelines: tuple[Pipeline, Pipeline, Pipeline],
    shared: Step,
    train: Step,
    val: Step,
    *,
    num_workers: int = 8,
) -> tuple[Step, Step, Step]:
    """Loaders to train, validate and test; frames have different sizes, so that the last two have batches of one.

    Args:
        batch_size: clips per process in training.
        pipelines: the train, validation and test pipelines.
        shared: what the data sets have in common; see :func:`dataset`.
        train: further arguments of the training set.
        val: those of the validation set, which is also the test set.
        num_workers: worker processes of each loader.
    """
    sets = (dict(shared, **own) for own in (train, val))
    return recipes.loaders(batch_size, pipelines, *sets, num_workers=num_workers, val_batch_size=1)


def ava_metric(ann_file: str, label_file: str, exclude_file: str, **settings: Any) -> Step:
    """Config of AVAMetric."""
    return dict(type='AVAMetric', ann_file=ann_file, label_file=label_file, exclude_file=exclude_file, **settings)


def _video_dataset(kind: str, root: str, first_frame: int, **settings: Any) -> Step:
    """Data set on video files whose timestamps are numbers of frames, so that any frame rate will do."""
    return dataset(kind, root, **settings, use_frames=False, fps=1, timestamp_start=first_frame, start_index=0)


def multisports_dataset(kind: str, root: str, num_classes: int) -> Step:
    """Data set of MultiSports, whose timestamps are numbers of frames from 1."""
    return _video_dataset(kind, root, 1, num_classes=num_classes)


def own_dataset(root: str, label_file: str, custom_classes: Sequence[int]) -> Step:
    """Data set of videos of any frame rate, as ``mmaction data detection from-boxes`` writes it.

    Args:
        root: folder of the video files, which ``video_id`` names with their suffix.
        label_file: label map.
        custom_classes: the labels of it to learn.
    """
    return _video_dataset(
        'AVADataset',
        root,
        0,
        label_file=label_file,
        custom_classes=list(custom_classes),
        num_classes=len(custom_classes) + 1,
    )


def own_metric(ann_file: str, label_file: str, exclude_file: str, custom_classes: Sequence[int]) -> Step:
    """Config of AVAMetric for :func:`own_dataset`; a class that is never detected counts as 0."""
    return ava_metric(
        ann_file,
        label_file,
        exclude_file,
        num_classes=len(custom_classes) + 1,
        custom_classes=list(custom_classes),
        strict=True,
    )


def cosine_schedule(epochs: int, warmup: int) -> list[Step]:
    """Schedule of the learning rate: a linear warm-up from a tenth, then a cosine decay to 0, both per iteration.

    Args:
        epochs: length of the training.
        warmup: length of the warm-up, in epochs.
    """
    each: Step = dict(by_epoch=True, convert_to_iter_based=True)
    return [
        dict(type='LinearLR', start_factor=0.1, begin=0, end=warmup, **each),
        dict(type='CosineAnnealingLR', T_max=epochs - warmup, eta_min=0, begin=warmup, end=epochs, **each),
    ]
