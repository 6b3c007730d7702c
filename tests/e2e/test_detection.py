"""Spatio-temporal detection from files to measures: train on boxes, validate, and read what the log tells."""

from __future__ import annotations

import pickle

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.runner import Runner

COLOURS = {1: (220, 30, 30), 2: (30, 220, 30), 3: (30, 30, 220)}  # class -> RGB of its person
NUM_FRAMES = 60
BOXES = ((0.05, 0.2, 0.45, 0.8), (0.55, 0.2, 0.95, 0.8))


def _write_video(folder, labels):
    """Frames of two persons, each in the colour of its class."""
    folder.mkdir(parents=True)
    image = np.full((48, 64, 3), 90, np.uint8)
    for box, label in zip(BOXES, labels):
        left, top, right, bottom = (np.array(box) * [64, 48, 64, 48]).astype(int)
        image[top:bottom, left:right] = COLOURS[label]
    for number in range(1, NUM_FRAMES + 1):
        cv2.imwrite(str(folder / f'img_{number:05}.jpg'), image[..., ::-1])


@pytest.fixture
def data(tmp_path):
    """Nine videos, each with two annotated seconds; proposals are the persons and a box beside them."""
    lines = []
    proposals = {}
    for number in range(9):
        labels = (1 + number % 3, 1 + number // 3)
        video = f'v{number}'
        _write_video(tmp_path / 'frames' / video, labels)
        for second in (2, 3):
            for person, (box, label) in enumerate(zip(BOXES, labels)):
                lines.append(f'{video},{second},{",".join(map(str, box))},{label},{person}\n')
            proposals[f'{video},{second:04d}'] = np.array([[*box, 0.95] for box in BOXES])
    (tmp_path / 'boxes.csv').write_text(''.join(lines))
    items = (f'item {{ name: "colour {label}" id: {label} }}\n' for label in COLOURS)
    (tmp_path / 'labels.pbtxt').write_text(''.join(items))
    with open(tmp_path / 'proposals.pkl', 'wb') as file:
        pickle.dump(proposals, file)
    return tmp_path


def _config(data, epochs):
    dataset = dict(
        type='AVADataset',
        ann_file=str(data / 'boxes.csv'),
        label_file=str(data / 'labels.pbtxt'),
        proposal_file=str(data / 'proposals.pkl'),
        data_prefix=dict(img=str(data / 'frames')),
        num_classes=4,
        timestamp_start=0,
        timestamp_end=6,
        fps=10,
    )
    sampler = dict(type='SampleAVAFrames', clip_len=2, frame_interval=2)
    ending = [dict(type='FormatShape', input_format='NCTHW', collapse=True), dict(type='PackActionInputs')]
    decode = dict(type='RawFrameDecode')
    train = [sampler, decode, dict(type='RandomRescale', scale_range=(64, 72)), dict(type='RandomCrop', size=64)]
    train += [dict(type='Flip', flip_ratio=0.5), *ending]
    val = [dict(sampler, test_mode=True), decode, dict(type='Resize', scale=(-1, 64)), *ending]
    evaluator = dict(
        type='AVAMetric',
        ann_file=dataset['ann_file'],
        exclude_file=None,
        label_file=dataset['label_file'],
        num_classes=4,
        strict=True,
    )
    loader = dict(num_workers=0, persistent_workers=False)
    return Config(
        dict(
            default_scope='mmaction',
            model=dict(
                type='FastRCNN',
                backbone=dict(
                    type='mmaction.ResNet3dSlowOnly',
                    depth=18,
                    pretrained=None,
                    in_channels=3,
                    base_channels=16,
                    lateral=False,
                    num_stages=4,
                    conv1_kernel=(1, 7, 7),
                    conv1_stride_t=1,
                    pool1_stride_t=1,
                    spatial_strides=(1, 2, 2, 1),
                ),
                roi_head=dict(
                    type='AVARoIHead',
                    bbox_roi_extractor=dict(
                        type='SingleRoIExtractor3D', roi_layer_type='RoIAlign', output_size=8, with_temporal_pool=True
                    ),
                    bbox_head=dict(
                        type='BBoxHeadAVA',
                        background_class=True,
                        in_channels=128,
                        num_classes=4,
                        topk=(1, 2),
                        multilabel=True,
                    ),
                ),
                data_preprocessor=dict(
                    type='ActionDataPreprocessor', mean=[110, 110, 110], std=[60, 60, 60], format_shape='NCTHW'
                ),
                train_cfg=dict(
                    rcnn=dict(
                        assigner=dict(type='MaxIoUAssignerAVA', pos_iou_thr=0.9, neg_iou_thr=0.9, min_pos_iou=0.9),
                        sampler=dict(
                            type='RandomSampler', num=32, pos_fraction=1, neg_pos_ub=-1, add_gt_as_proposals=True
                        ),
                        pos_weight=1.0,
                    )
                ),
                test_cfg=dict(rcnn=None),
            ),
            train_dataloader=dict(
                loader, batch_size=6, sampler=dict(type='DefaultSampler'), dataset=dict(dataset, pipeline=train)
            ),
            val_dataloader=dict(
                loader,
                batch_size=3,
                sampler=dict(type='DefaultSampler', shuffle=False),
                dataset=dict(dataset, pipeline=val, test_mode=True),
            ),
            val_evaluator=evaluator,
            train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=epochs, val_interval=epochs),
            val_cfg=dict(type='ValLoop'),
            optim_wrapper=dict(optimizer=dict(type='AdamW', lr=2e-3)),
            work_dir=str(data / 'work'),
            randomness=dict(seed=0),
            default_hooks=dict(checkpoint=None),
        )
    )


def test_colours_are_learned(data):
    runner = Runner.from_cfg(_config(data, epochs=8))
    runner.train()
    scalars = runner.message_hub.log_scalars
    assert scalars['val/mAP/overall'].current() > 0.9
    log = next((data / 'work').rglob('*.log')).read_text()
    assert 'colour 2' in log
    assert '36 of 36 annotated boxes (0 unmatched)' in log
