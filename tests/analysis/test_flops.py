"""Counts of operations: closed forms, and the numbers that the metafiles publish."""

from __future__ import annotations

import re

import pytest

from mmaction.analysis import count_operations
from mmaction.cli.tools.get_flops import main
from mmaction.compat.read import read_config


def published(path) -> tuple[float, float, int]:
    """FLOPs, parameters and frame size of a config, of the metafile beside it."""
    entry = (path.parent / 'metafile.yml').read_text().split(f'Name: {path.stem}\n')[1]
    flops, parameters, size = (
        float(re.search(rf'{key}: ([\d.]+)', entry)[1]) for key in ('FLOPs', 'Parameters', 'Resolution')
    )
    return flops * 1e9, parameters, int(size)


@pytest.mark.parametrize(
    'name',
    [
        'i3d/i3d_imagenet-pretrained-r50_8xb8-32x2x1-100e_kinetics400-rgb.py',
        'csn/ircsn_ig65m-pretrained-r50-bnfrozen_8xb12-32x2x1-58e_kinetics400-rgb.py',
        'slowfast/slowfast_r50_8xb8-4x16x1-256e_kinetics400-rgb.py',
        'timesformer/timesformer_divST_8xb8-8x32x1-15e_kinetics400-rgb.py',
    ],
)
def test_published_counts(root, name):
    path = root / 'configs' / 'recognition' / name
    flops, parameters, size = published(path)
    counts = count_operations(read_config(path), [size])
    assert counts.macs == pytest.approx(flops, rel=0.01) and counts.parameters == parameters


TSN = """
model = dict(
    type='Recognizer2D',
    backbone=dict(type='ResNet', depth=18, num_stages=1, strides=(1,), dilations=(1,), out_indices=(0,)),
    cls_head=dict(type='TSNHead', num_classes=5, in_channels=64))
test_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=3, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='CenterCrop', crop_size=64),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]
"""


def test_counts_of_each_module(tmp_path, capsys):
    path = tmp_path / 'c.py'
    path.write_text(TSN)
    counts = count_operations(read_config(path), [32, 64])
    assert counts.inputs == '(1, 1, 3, 32, 64)'
    by_name = {module.name: module for module in counts.modules}
    stem = 16 * 32 * 64 * 3 * 49  # places of the output, channels out and in, kernel
    stage = 4 * 8 * 16 * 64 * 64 * 9  # four convolutions of 3 x 3
    assert by_name['backbone.conv1'].macs == stem and by_name['backbone.layer1'].macs == stage
    assert by_name['cls_head.fc_cls'].macs == 64 * 5 and by_name['cls_head.fc_cls'].parameters == 64 * 5 + 5
    assert counts.macs == stem + stage + 320
    main([str(path), '--shape', '32', '64', '--depth', '1'])
    printed = capsys.readouterr().out
    assert 'Input shape: (1, 1, 3, 32, 64)\nFlops: 23.69 M' in printed and 'layer1' not in printed
    assert count_operations(read_config(path), [2, 3, 32, 64]).inputs == '(1, 2, 3, 32, 64)'
    main([str(path), '--as-0x'])
    assert '(1, 1, 3, 340, 256)' in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([str(path), '--shape', '1', '2', '3'])
    message = capsys.readouterr().err
    assert '--shape 1 2 3 must be a size, or 5 or 4 numbers: the inputs are (1, 1, 3, 64, 64)' in message


@pytest.mark.parametrize(
    ('path', 'inputs'),
    [
        ('skeleton/stgcnpp/stgcnpp_8xb16-joint-u100-80e_ntu60-xsub-keypoint-2d.py', '(1, 1, 2, 100, 17, 3)'),
        ('skeleton/stgcn/stgcn_8xb16-joint-u100-80e_ntu60-xsub-keypoint-3d.py', '(1, 1, 2, 100, 25, 3)'),
        ('skeleton/posec3d/slowonly_r50_8xb16-u48-240e_ntu60-xsub-keypoint.py', '(1, 1, 17, 48, 64, 64)'),
        (
            'skeleton/posec3d/rgbpose_conv3d/rgbpose_conv3d.py',
            'imgs (1, 1, 3, 8, 256, 256), heatmap_imgs (1, 1, 17, 32, 64, 64)',
        ),
        ('localization/bmn/bmn_2xb8-400x100-9e_activitynet-feature.py', '(1, 400, 100)'),
        ('recognition_audio/resnet/tsn_r18_8xb320-64x1x1-100e_kinetics400-audio-feature.py', '(1, 1, 1, 128, 80)'),
        ('recognition/tsm/tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_sthv2-rgb.py', '(1, 8, 3, 224, 224)'),
    ],
)
def test_inputs_of_each_kind_of_model(root, path, inputs):
    counts = count_operations(read_config(root / 'configs' / path), [224, 224])
    assert counts.inputs == inputs and counts.macs > 1e6 and counts.parameters > 1e5


def test_models_without_fixed_inputs_are_named(root):
    config = root / 'configs/localization/drn/drn_2xb16-4096-10e_c3d-feature_first.py'
    with pytest.raises(ValueError, match='DRN does not tell the channels of its features'):
        count_operations(read_config(config))
