"""Pipelines and loaders of the configs under ``configs/segmentation``. Pure functions of plain dicts, as its siblings.

import mmaction.recipes.segmentation as seg
pipelines = seg.frames(stride=4)
train_dataloader, val_dataloader, test_dataloader = seg.loaders(
    1, pipelines, 'data/study', train='activitynet_train.json', val='activitynet_val.json')
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mmaction.recipes as recipes
from mmaction.recipes import Pipeline, Step, either

__all__ = ['balance', 'frames', 'loaders', 'metric', 'optimizer', 'schedule']

Pipelines = tuple[Pipeline, Pipeline, Pipeline]


def frames(
    stride: float = 1, num_frames: float | None = None, every: int = 1, channels_first: bool = False
) -> Pipelines:
    """Pipelines of the features of whole videos, with the label of each step: the same to train, validate and test.

    Args:
        stride: see ``FrameLabelsOnFeatureGrid``.
        num_frames: see there.
        every: see there.
        channels_first: see ``LoadLocalizationFeature``.
    """
    steps: Pipeline = [
        dict(type='LoadLocalizationFeature', channels_first=channels_first),
        dict(type='FrameLabelsOnFeatureGrid', stride=stride, num_frames=num_frames, every=every),
        dict(type='PackSegmentationInputs'),
    ]
    return steps, steps, steps


def loaders(
    batch_size: int,
    pipelines: Pipelines,
    data_root: str,
    *,
    train: str,
    val: str,
    test: str | None = None,
    features: str = 'features',
    labels: str = 'frames',
    num_workers: int = 0,
    **dataset: Any,
) -> tuple[Step, Step, Step]:
    """Loaders to train, validate and test on ``FrameLabelDataset``; evaluation uses batches of one.

    Args:
        batch_size: videos per process in training.
        pipelines: the train, validation and test pipelines.
        data_root: folder of the others.
        train: list of the videos of training.
        val: list of the videos of validation.
        test: list of the videos of testing; None: that of validation.
        features: folder of the features.
        labels: folder of the labels.
        num_workers: processes that load; files of features are read faster than such a process starts.
        **dataset: further keywords of the datasets.
    """
    prefix = dict(video=features, labels=labels)
    common: Step = dict(type='FrameLabelDataset', data_root=data_root, data_prefix=prefix, **dataset)
    sets = (dict(common, ann_file=ann_file) for ann_file in (train, val, either(test, val)))
    return recipes.loaders(batch_size, pipelines, *sets, num_workers=num_workers, val_batch_size=1)


def optimizer(lr: float = 5e-4, weight_decay: float = 0.0) -> Step:
    """Adam, with the learning rate of the papers."""
    return dict(optimizer=dict(type='Adam', lr=lr, weight_decay=weight_decay), clip_grad=dict(max_norm=10.0))


def schedule(epochs: int) -> list[Step]:
    """Cosine from the learning rate to a hundredth of it in ``epochs``.

    The end is stated, as a resumed run would otherwise keep the number of epochs of the run it continues.
    """
    return [dict(type='CosineAnnealingLR', T_max=epochs, begin=0, end=epochs, eta_min_ratio=0.01, by_epoch=True)]


def balance(power: float = 0.5) -> Step:
    """Hook that weights rare classes more, by the inverse square root of the number of their frames."""
    return dict(type='ClassBalanceHook', power=power)


def metric(ignore_classes: Sequence[str] = (), **keywords: Any) -> Step:
    """Frame accuracy, edit score and F1 of segments; ``ignore_classes``, e.g. the background, are no segments."""
    return dict(type='SegmentationMetric', ignore_classes=list(ignore_classes), **keywords)
