"""An action detector that needs no training: it knows the persons in red, green and blue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmaction.registry import MODELS

COLOURS = {'red': (230, 20, 20), 'green': (20, 210, 20), 'blue': (20, 20, 230)}
_GREY = 110

CONFIG = """
default_scope = 'mmaction'
custom_imports = dict(imports=['colour_detector'], allow_failed_imports=False)
model = dict(
    type='FastRCNN',
    _scope_='mmdet',
    backbone=dict(type='mmaction.ColourMap'),
    roi_head=dict(
        type='AVARoIHead',
        bbox_roi_extractor=dict(
            type='SingleRoIExtractor3D', output_size=4, featmap_stride=8, with_global={with_global}
        ),
        bbox_head=dict(
            type='BBoxHeadAVA',
            background_class=True,
            in_channels={channels},
            num_classes=4,
            spatial_pool_type='avg',
            topk=None,
        ),
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor', mean=[110, 110, 110], std=[60, 60, 60], format_shape='NCTHW'
    ),
)
val_pipeline = [
    dict(type='SampleAVAFrames', clip_len=4, frame_interval=2, test_mode=True),
    dict(type='RawFrameDecode'),
    dict(type='Resize', scale=(-1, 64)),
    dict(type='FormatShape', input_format='NCTHW', collapse=True),
    dict(type='PackActionInputs'),
]
test_dataloader = dict(dataset=dict(type='AVADataset', ann_file='', pipeline=val_pipeline))
"""


@MODELS.register_module()
class ColourMap(nn.Module):
    """Mean color of patches of 8 pixels: (N, 3, T, H, W) -> (N, 3, T, H / 8, W / 8)."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(8)

    def forward(self, x: Tensor) -> Tensor:
        # Not AvgPool3d, which a CPU has in float32 only.
        return self.pool(x.flatten(1, 2)).unflatten(1, x.shape[1:3])


def write_model(folder: Path, with_global: bool = False) -> tuple[str, str]:
    """Write config, checkpoint and ``labels.txt``; returns the first two.

    Args:
        folder: where to.
        with_global: append the features of the whole frame, which count for nothing.
    """
    from mmaction.apis import init_recognizer

    config = folder / 'colour.py'
    channels = 6 if with_global else 3
    config.write_text(CONFIG.replace('{with_global}', str(with_global)).replace('{channels}', str(channels)))
    (folder / 'labels.txt').write_text(''.join(f'{i}: {name}\n' for i, name in enumerate(COLOURS, 1)))
    model = init_recognizer(str(config), device='cpu')
    with torch.no_grad():
        fc = model.roi_head.bbox_head.fc_cls
        fc.weight.zero_()
        fc.weight[:, :3] = torch.tensor([[0, 0, 0], [2, -1, -1], [-1, 2, -1], [-1, -1, 2.0]]) * 3
        fc.bias.fill_(-4)
    checkpoint = folder / 'colour.pth'
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, checkpoint)
    return str(config), str(checkpoint)


def person_boxes(num_frames: int = 48) -> dict[str, np.ndarray]:
    """Boxes (T, 4), xyxy in pixels of 160 x 96: red walks to the right, green to the left, blue comes late."""
    time = np.arange(num_frames)[:, None]
    red = np.array([[10, 10, 34, 50]]) + time * [1.0, 0, 1.0, 0]
    green = np.array([[120, 52, 140, 90]]) - time * [1.0, 0, 1.0, 0]
    blue = np.array([[125, 5, 150, 45]]) + time * [0.0, 0, 0, 0]
    blue[: num_frames // 2] = np.nan  # not there yet
    return dict(red=red, green=green, blue=blue)


def draw_video(boxes: dict[str, np.ndarray], size: tuple[int, int] = (96, 160)) -> np.ndarray:
    """Frames, uint8 (T, H, W, 3), RGB, of persons in their colors in front of noise."""
    num_frames = len(next(iter(boxes.values())))
    noise = np.random.default_rng(0).integers(-6, 7, (num_frames, *size, 1))
    frames = (_GREY + noise).repeat(3, axis=3).astype(np.uint8)
    for name, own in boxes.items():
        for frame, box in zip(frames, own):
            if np.isfinite(box).all():
                x1, y1, x2, y2 = box.round().astype(int)
                frame[y1:y2, x1:x2] = COLOURS[name]
    return frames


def pose_model(num_classes: int) -> dict[str, Any]:
    """Config of a small PoseC3D with the 17 joints of COCO."""
    plain = dict.fromkeys(('spatial_strides', 'temporal_strides', 'dilations'), (1,))
    backbone = dict(
        type='ResNet3dSlowOnly',
        depth=18,
        pretrained=None,
        in_channels=17,
        base_channels=8,
        num_stages=1,
        out_indices=(0,),
        inflate=(0,),
        conv1_kernel=(1, 3, 3),
        conv1_stride_s=2,
        pool1_stride_s=1,
        conv1_stride_t=1,
        pool1_stride_t=1,
        **plain,
    )
    head = dict(type='I3DHead', in_channels=8, num_classes=num_classes, dropout_ratio=0.0, average_clips='prob')
    pipeline = [
        dict(type='UniformSampleFrames', clip_len=4, num_clips=1, test_mode=True),
        dict(type='PoseDecode'),
        dict(type='PoseCompact', hw_ratio=1.0, allow_imgpad=True),
        dict(type='Resize', scale=(16, 16), keep_ratio=False),
        dict(type='GeneratePoseTarget', with_kp=True, with_limb=False),
        dict(type='FormatShape', input_format='NCTHW_Heatmap'),
        dict(type='PackActionInputs'),
    ]
    return dict(model=dict(type='Recognizer3D', backbone=backbone, cls_head=head), test_pipeline=pipeline)
