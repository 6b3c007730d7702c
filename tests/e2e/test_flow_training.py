"""Optical flow from videos to a trained model: two classes that differ in the direction of motion alone."""

from __future__ import annotations

import re
from pathlib import Path

from mmaction.cli.data import build_rawframes
from mmaction.video import scan_frames

CONFIG = """
_base_ = ['{root}/configs/recognition/tsn/tsn_imagenet-pretrained-r50_8xb32_5x1x3-110e_kinetics400-flow.py']
import mmaction.recipes as r

model = dict(
    backbone=dict(
        _delete_=True, type='ResNet', depth=18, num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(1,),
        in_channels=10, norm_eval=False,
    ),
    cls_head=dict(num_classes=2, in_channels=128),
)
view = dict(augment=r.random_crop(32, short=40), val_view=r.center_crop(32, short=40), source='rawframes', io=dict())
train_pipeline, val_pipeline, _ = r.segments(3, clip_len=5, **view)
loader = dict(batch_size=4, num_workers=0, persistent_workers=False)
train_dataloader = dict(
    loader, dataset=dict(ann_file='train.txt', data_prefix=dict(img='flow/train'), pipeline=train_pipeline)
)
val_dataloader = dict(loader, dataset=dict(ann_file='val.txt', data_prefix=dict(img='flow/val'), pipeline=val_pipeline))
test_dataloader = val_dataloader
train_cfg = dict(max_epochs=16, val_interval=16)
param_scheduler = [dict(type='CosineAnnealingLR', T_max=16, by_epoch=True)]  # running statistics settle at the end
optim_wrapper = dict(optimizer=dict(lr=0.02))
randomness = dict(seed=0)
"""


def test_flow_tells_left_from_right(workspace: Path, tmp_path: Path, root: Path, run) -> None:
    data = workspace / 'data' / 'kinetics400_tiny'
    for split in ('train', 'val'):
        options = ('--level', '1', '--ext', 'mp4', '--flow-type', 'dis', '--num-worker', '0')
        # The names that the configs of flow read as they are.
        names = ('--flow-name', '{}_{:05d}')
        report = ('--report-file', str(tmp_path / 'report.txt'))
        build_rawframes.main([str(data / split), str(tmp_path / 'flow' / split), *options, *names, *report])
        lines = []
        for line in (data / f'kinetics_tiny_{split}_video.txt').read_text().splitlines():
            name, label = line.removesuffix('.mp4').replace('.mp4 ', ' ').split()
            count = scan_frames(str(tmp_path / 'flow' / split / name), '{}_{:05d}.jpg', 'Flow').total_frames
            assert count == 39  # of 40 frames
            lines.append(f'{name} {count} {label}\n')
        (tmp_path / f'{split}.txt').write_text(''.join(lines))
    (tmp_path / 'config.py').write_text(CONFIG.format(root=root))
    done = run(str(root / 'tools' / 'train.py'), 'config.py', cwd=tmp_path)
    assert re.findall(r'acc/top1: (\S+)', done.stdout + done.stderr)[-1] == '1.0000'
