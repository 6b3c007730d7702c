"""Configs of detectors for people's own videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ['Size', 'config_text']

Size = Literal['r50', 'small']


@dataclass(frozen=True)
class _Preset:
    """A config to inherit from.

    Args:
        base: its path below ``configs``.
        recipe: function of ``mmaction.recipes.detection`` that makes its pipelines.
        clip_len: frames of a clip.
        frame_interval: between them, at 30 frames per second.
        batch_size: clips of a batch.
    """

    base: str
    recipe: str
    clip_len: int
    frame_interval: int
    batch_size: int


_PRESETS: dict[Size, _Preset] = {
    'r50': _Preset(
        'detection/slowonly/slowonly_kinetics400-pretrained-r50_1xb8-4x16x1-20e_own-boxes-rgb.py', 'clips', 4, 16, 8
    ),
    'small': _Preset(
        'detection/slowonly/slowonly_r18-narrow_1xb16-8x8x1-14e_own-boxes-rgb.py', 'square_clips', 8, 8, 16
    ),
}
_FPS = 30.0  # of the videos that the frame intervals are made for

# A list that a config overrides does not reach the loaders of its base, so the recipe is called again.
_TEMPLATE = """\
# Written by `mmaction data detection from-boxes`. Train with `mmaction train {out_dir}/config.py`.
_base_ = 'mmaction::{base}'
import mmaction.recipes.detection as det

# The labels of label_map.pbtxt to learn: {names}
custom_classes = {labels}
num_classes = len(custom_classes) + 1  # with the background
model = dict(roi_head=dict(bbox_head=dict(num_classes=num_classes)))

data_root = {video_dir!r}
anno_root = {out_dir!r}
ann_file_train = f'{{anno_root}}/train.csv'
ann_file_val = f'{{anno_root}}/val.csv'
exclude_file_train = f'{{anno_root}}/train_excluded_timestamps.csv'
exclude_file_val = f'{{anno_root}}/val_excluded_timestamps.csv'
label_file = f'{{anno_root}}/label_map.pbtxt'
proposal_file_train = f'{{anno_root}}/proposals_train.pkl'
proposal_file_val = f'{{anno_root}}/proposals_val.pkl'

# Clips of {seconds:.1f} s at {fps:g} frames per second.
train_pipeline, val_pipeline, test_pipeline = det.{recipe}(
    clip_len={clip_len}, frame_interval={frame_interval}, source='video'
)
train_dataloader, val_dataloader, test_dataloader = det.loaders(
    {batch_size},
    (train_pipeline, val_pipeline, test_pipeline),
    det.own_dataset(data_root, label_file, custom_classes),
    train=dict(ann_file=ann_file_train, exclude_file=exclude_file_train, proposal_file=proposal_file_train),
    val=dict(ann_file=ann_file_val, exclude_file=exclude_file_val, proposal_file=proposal_file_val),
    num_workers=2,
)
val_evaluator = det.own_metric(ann_file_val, label_file, exclude_file_val, custom_classes)
test_evaluator = val_evaluator
"""


def config_text(size: Size, video_dir: str, out_dir: str, classes: Sequence[str], fps: float) -> str:
    """Write a config that ``mmaction train`` takes as it is.

    Args:
        size: ``'r50'`` fine-tunes SlowOnly with ResNet-50 on a GPU, ``'small'`` trains a narrow ResNet-18 on a CPU.
        video_dir: folder of the videos.
        out_dir: folder of the annotation.
        classes: class names, by label from 1.
        fps: frames per second of the videos; clips last as long as those of 30.
    """
    preset = _PRESETS[size]
    interval = max(1, round(preset.frame_interval * fps / _FPS))
    return _TEMPLATE.format(
        base=preset.base,
        recipe=preset.recipe,
        clip_len=preset.clip_len,
        frame_interval=interval,
        batch_size=preset.batch_size,
        names=', '.join(' '.join(name.split()) for name in classes),
        labels=list(range(1, len(classes) + 1)),
        video_dir=video_dir,
        out_dir=out_dir,
        seconds=(preset.clip_len - 1) * interval / fps,
        fps=fps,
    )
