"""Pipelines of the configs under ``configs/localization/actionformer``. Pure functions of plain dicts, as its siblings.

import mmaction.recipes.actionformer as af
import mmaction.recipes.localization as loc
pipelines = af.segments(max_steps=2304, stride=4, num_frames=16, fps=30)
train_dataloader, val_dataloader, test_dataloader = loc.loaders(2, pipelines, FEATURES, train=..., val=...)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmaction.recipes import Pipeline, Step
from mmaction.recipes.localization import VIDEO_INFO, Pipelines, pack

__all__ = ['detection_metric', 'optimizer', 'schedule', 'segments']

GRID = ('feature_step_sec', 'feature_start_sec')


def segments(max_steps: int, crop_ratio: Sequence[float] | None = (0.9, 1.0), **grid: Any) -> Pipelines:
    """Features of any length with the segments on their grid; random stretches of them when training.

    Args:
        max_steps: of the features of a video when training.
        crop_ratio: see ``RandomFeatureCrop``.
        **grid: keywords of ``SegmentsOnFeatureGrid``.
    """
    load: Pipeline = [dict(type='LoadLocalizationFeature'), dict(type='SegmentsOnFeatureGrid', **grid)]
    keys = ('gt_segments', 'gt_labels')
    crop: Step = dict(type='RandomFeatureCrop', max_steps=max_steps, crop_ratio=crop_ratio)
    whole = [*load, pack(keys, (*VIDEO_INFO, *GRID))]
    return [*load, crop, pack(keys, ('video_name', *GRID))], whole, whole


def optimizer(lr: float, weight_decay: float = 0.05) -> Step:
    """AdamW, without decay of biases, norms and scales."""
    without = dict(decay_mult=0.0)
    keys = dict(norm=without, ln1=without, ln2=without, scale=without, bias=without)
    return dict(
        optimizer=dict(type='AdamW', lr=lr, weight_decay=weight_decay),
        paramwise_cfg=dict(custom_keys=keys),
        clip_grad=dict(max_norm=1.0, norm_type=2),
    )


def schedule(epochs: int, warmup: int) -> list[Step]:
    """A linear rise for ``warmup`` epochs, then a cosine to the last of ``epochs``, by iterations."""
    common = dict(by_epoch=True, convert_to_iter_based=True)
    return [
        dict(type='LinearLR', start_factor=0.001, begin=0, end=warmup, **common),
        dict(type='CosineAnnealingLR', T_max=epochs - warmup, eta_min=1e-8, begin=warmup, end=epochs, **common),
    ]


def detection_metric(out: str, thresholds: Sequence[float]) -> Step:
    """mAP at tIoU thresholds and AR@AN of detections, which are written to the json file ``out``."""
    return dict(
        type='ANetMetric',
        metric_type=['mAP', 'AR@AN'],
        metric_options=dict(mAP=dict(temporal_iou_thresholds=list(thresholds))),
        dump_config=dict(out=out, output_format='json'),
    )
