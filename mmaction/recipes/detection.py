"""Pipelines and loaders of the configs under ``configs/detection``. Pure functions of plain dicts, as its siblings.

=================== =========================================================================
:func:`clips`       pipelines of clips around the annotated moments of a video
:func:`dataset`     what the data sets of a config have in common
:func:`loaders`     train, validation and test loader
:func:`ava_metric`  frame mAP in the manner of ActivityNet
=================== =========================================================================

    import mmaction.recipes.detection as det
    train_pipeline, val_pipeline, test_pipeline = det.clips(clip_len=4, frame_interval=16)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmaction.recipes import Pipeline, Source, Step, either, flip, loader

__all__ = ['ava_metric', 'clips', 'dataset', 'loaders']


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
    io = either(io, dict(io_backend='disk'))
    sample: Step = dict(type='SampleAVAFrames', clip_len=clip_len, frame_interval=frame_interval)
    pack: Pipeline = [dict(type='FormatShape', input_format='NCTHW', collapse=True), dict(type='PackActionInputs')]
    augment: Pipeline = [dict(type='RandomRescale', scale_range=(256, 320)), dict(type='RandomCrop', size=256), flip()]
    train = [*_read(source, sample, io), *augment, *pack]
    val = [*_read(source, dict(sample, test_mode=True), io), dict(type='Resize', scale=(-1, 256)), *pack]
    return train, val, val


def dataset(kind: str, root: str, **settings: Any) -> Step:
    """Config of a data set in AVA's format; ``settings`` are further arguments of its class."""
    return dict(type=kind, data_prefix=dict(img=root), **settings)


def loaders(
    batch_size: int, pipelines: tuple[Pipeline, Pipeline, Pipeline], shared: Step, train: Step, val: Step
) -> tuple[Step, Step, Step]:
    """Loaders to train, validate and test; frames have different sizes, so that the last two have batches of one.

    Args:
        batch_size: clips per process in training.
        pipelines: the train, validation and test pipelines.
        shared: what the data sets have in common; see :func:`dataset`.
        train: further arguments of the training set.
        val: those of the validation set, which is also the test set.
    """
    train_pipeline, val_pipeline, test_pipeline = pipelines
    return (
        loader(dict(shared, **train, pipeline=train_pipeline), batch_size, shuffle=True),
        loader(dict(shared, **val, pipeline=val_pipeline, test_mode=True), 1),
        loader(dict(shared, **val, pipeline=test_pipeline, test_mode=True), 1),
    )


def ava_metric(ann_file: str, label_file: str, exclude_file: str, **settings: Any) -> Step:
    """Config of AVAMetric."""
    return dict(type='AVAMetric', ann_file=ann_file, label_file=label_file, exclude_file=exclude_file, **settings)
