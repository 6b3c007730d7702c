"""The config of a scanned data set: a model that suits the device and the number of clips."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from mmaction.datasets.scan.plan import Plan
from mmaction.utils.check import pick

Device = Literal['cpu', 'gpu']

_DATA = """\
# {title}. Written by `mmaction data scan {root}`.
_base_ = ['mmaction::_base_/default_runtime.py']
import mmaction.recipes as r

work_dir = {work_dir!r}

dataset_type = 'VideoDataset'
data_root = {root!r}
ann_file_train = {train!r}
ann_file_val = {val!r}
ann_file_test = {test!r}
classes = [
{classes}
]
batch_size = {batch_size}
num_workers = {num_workers}
max_epochs = {max_epochs}
"""

_LOADERS = """\

videos = dict(
    type=dataset_type,
    data_prefix=dict(video=data_root),
    num_classes=len(classes),
    metainfo=dict(classes=classes),
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    batch_size,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(videos, ann_file=ann_file_train),
    val=dict(videos, ann_file=ann_file_val),
    test=dict(videos, ann_file=ann_file_test),
    num_workers=num_workers,
)
"""

_RUN = """\
val_evaluator = test_evaluator = dict(type='AccMetric', metric_options=dict(top_k_accuracy=dict(topk={topk})))
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval={val_interval})
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
"""

_HOOKS = """\
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, end={warmup}, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=max_epochs - {warmup},
        begin={warmup},
        end=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(
    checkpoint=dict(interval={val_interval}, max_keep_ckpts=1, save_best='auto'),
    logger=dict(interval={log_interval}),
)
randomness = dict(seed=0)
"""

_PREPROCESSOR = """\
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],"""

_R3D = """
# Sixteen frames that span the video, each resized as a whole to 64 x 64 pixels.
whole = [dict(type='Resize', scale=(64, 64), keep_ratio=False)]
crop = [
    dict(type='Resize', scale=(80, 80), keep_ratio=False),
    dict(type='RandomResizedCrop', area_range=(0.65, 1.0), aspect_ratio_range=(0.8, 1.25)),
]
train_pipeline, val_pipeline, test_pipeline = r.uniform(
    16, augment=[*crop, *whole{flip}], val_view=whole, test_view=whole, test_clips=4
)
"""

_R3D_MODEL = """
# A narrow 3D ResNet-18 without its last stage.
model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='ResNet3d',
        depth=18,
        pretrained=None,
        base_channels=16,
        num_stages=3,
        spatial_strides=(1, 2, 2),
        temporal_strides=(1, 2, 2),
        dilations=(1, 1, 1),
        inflate=(1, 1, 1),
        out_indices=(2,),
        conv1_kernel=(3, 7, 7),
        conv1_stride_t=1,
        pool1_stride_t=1,
        norm_eval=False,
        zero_init_residual=False,
    ),
    cls_head=dict(
        type='I3DHead',
        num_classes=len(classes),
        in_channels=64,
        spatial_type='avg',
        dropout_ratio=0.5,
        init_std=0.01,
        label_smooth_eps=0.1,
        average_clips='prob',
    ),
    data_preprocessor=dict(
{preprocessor}
        format_shape='NCTHW',
    ),
)
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.0025 * batch_size, momentum=0.9, nesterov=True, weight_decay=5e-4),
    clip_grad=dict(max_norm=20, norm_type=2),
)
"""

_TRN = """
# Eight frames, each resized as a whole.
whole = [dict(type='Resize', scale=(224, 224), keep_ratio=False)]
train_pipeline, val_pipeline, test_pipeline = r.segments(
    8, augment=[*whole{flip}], val_view=whole, test_view=whole, twice_sample=True
)
"""

_TRN_MODEL = """
# An ImageNet SqueezeNet looks at the frames, TRN at their order.
model = dict(
    type='Recognizer2D',
    backbone=dict(type='torchvision.squeezenet1_1', pretrained={pretrained!r}),
    cls_head=dict(
        type='TRNHead',
        num_classes=len(classes),
        in_channels=512,
        num_segments=8,
        hidden_dim=128,
        dropout_ratio=0.5,
        init_std=0.02,
        label_smooth_eps=0.1,
        average_clips='prob',
    ),
    data_preprocessor=dict(
{preprocessor}
    ),
)
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.01),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.05))),
    clip_grad=dict(max_norm=20, norm_type=2),
)
"""

_TSM = """
train_pipeline, val_pipeline, test_pipeline = r.segments(
    8, augment=[*r.multi_scale_crop(){flip}], test_view=r.center_crop(), twice_sample=True
)
"""

_TSM_MODEL = """
# TSM with a ResNet-50: eight frames whose features are shifted in time.
model = dict(
    type='Recognizer2D',
    backbone=dict(type='ResNetTSM', depth=50, pretrained={pretrained!r}, norm_eval=False, shift_div=8),
    cls_head=dict(
        type='TSMHead',
        num_classes=len(classes),
        in_channels=2048,
        spatial_type='avg',
        consensus=dict(type='AvgConsensus', dim=1),
        dropout_ratio=0.5,
        init_std=0.001,
        is_shift=True,
        average_clips='prob',
    ),
    data_preprocessor=dict(
{preprocessor}
    ),
)
optim_wrapper = dict(
    type='AmpOptimWrapper',
    constructor='TSMOptimWrapperConstructor',
    paramwise_cfg=dict(fc_lr5=True),
    optimizer=dict(type='SGD', lr=0.01 * batch_size / 64, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=20, norm_type=2),
)
"""


@dataclass(frozen=True)
class _Recipe:
    """A model, its pipelines and the settings that suit it."""

    title: str
    pipelines: str
    model: str
    batch_size: int
    max_epochs: int  # of a small data set; larger ones need fewer


_RECIPES: dict[tuple[Device, bool], _Recipe] = {
    ('cpu', False): _Recipe('A narrow 3D ResNet-18 from scratch, for a CPU', _R3D, _R3D_MODEL, 8, 40),
    ('cpu', True): _Recipe('TRN on an ImageNet SqueezeNet, for a CPU', _TRN, _TRN_MODEL, 8, 24),
    ('gpu', False): _Recipe('A narrow 3D ResNet-18 from scratch, for a GPU', _R3D, _R3D_MODEL, 16, 60),
    ('gpu', True): _Recipe('TSM on an ImageNet ResNet-50, for a GPU', _TSM, _TSM_MODEL, 16, 50),
}
_IMAGENET: dict[Device, bool | str] = {'cpu': True, 'gpu': 'torchvision://resnet50'}
_MAX_STEPS = 20_000

# Classes that name a side become others in a mirror.
_SIDE = re.compile(r'(?<![a-z])(left|right|leftwards?|rightwards?|clockwise)(?![a-z])|左|右', re.IGNORECASE)


def choose_device() -> Device:
    """``'gpu'`` where torch sees one."""
    import torch

    return 'gpu' if torch.cuda.is_available() else 'cpu'


def _top_k(num_classes: int) -> tuple[int, ...]:
    """The accuracies to report: top-5 says little about few classes."""
    if num_classes < 6:
        return (1,)
    return (1, 3) if num_classes < 20 else (1, 5)


def write_config(plan: Plan, files: dict[str, str], work_dir: str, device: Device, pretrained: str) -> str:
    """Write the text of a config.

    Args:
        plan: the data set; a note about mirrored classes may be added to it.
        files: paths of its annotation files, by split.
        work_dir: folder of logs and checkpoints.
        device: where it will be trained.
        pretrained: ``'imagenet'`` (downloaded when training starts), ``'none'``, or a file of ImageNet weights.

    Raises:
        ValueError: unknown device.
    """
    pick(get_args(Device), device, 'device')
    recipe = _RECIPES[device, pretrained != 'none']
    weights: bool | str = _IMAGENET[device] if pretrained == 'imagenet' else pretrained
    sided = any(_SIDE.search(name) for name in plan.classes)
    if sided:
        plan.notes.append('classes name left or right, so that clips are not mirrored in training')
    num_train = len(plan.of('train'))
    epochs = max(5, min(recipe.max_epochs, _MAX_STEPS * recipe.batch_size // max(num_train, 1)))
    steps = max(1, num_train // recipe.batch_size)
    values = dict(
        title=recipe.title,
        root=plan.root,
        work_dir=work_dir,
        train=files['train'],
        val=files['val'],
        test=files.get('test', files['val']),
        classes='\n'.join(f'    {name!r},' for name in plan.classes),
        batch_size=recipe.batch_size,
        num_workers=2 if device == 'cpu' else 8,
        max_epochs=epochs,
        flip='' if sided else ', r.flip()',
        pretrained=weights,
        preprocessor=_PREPROCESSOR,
        topk=_top_k(len(plan.classes)),
        val_interval=max(1, epochs // 8),
        warmup=max(1, epochs // 8),
        log_interval=min(50, steps),
    )
    parts = (_DATA, recipe.pipelines)
    text = ''.join(part.format_map(values) for part in parts)
    text += _LOADERS
    return text + ''.join(part.format_map(values) for part in (recipe.model, _RUN, _HOOKS))
