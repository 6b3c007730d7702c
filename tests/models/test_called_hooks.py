"""Methods that a subclass written for MMAction2 1.x overrides: each is called, and has a ``super()``."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from mmengine.structures import InstanceData
from torch import nn

from mmaction import models
from mmaction.structures import ActionDataSample

FLAT = dict(num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(1,))
CLIPS = dict(num_stages=2, spatial_strides=(1, 2), temporal_strides=(1, 1), dilations=(1, 1), out_indices=(1,))
TSM = dict(
    depth=50, temporal_pool=True, non_local=((0, 0, 0), (0, 1, 0, 0)), non_local_cfg=dict(mode='gaussian'), **FLAT
)
SWIN = dict(arch=dict(embed_dims=4, depths=[1], num_heads=[1]), out_indices=(0,))
NMS = dict(soft_nms_alpha=0.4, soft_nms_low_threshold=0.5, soft_nms_high_threshold=0.9, post_process_top_k=10)
BMN = dict(temporal_dim=4, boundary_ratio=0.5, num_samples=4, num_samples_per_bin=2, feat_dim=4, hidden_dim_1d=4,
           hidden_dim_2d=4, hidden_dim_3d=4, **NMS)  # fmt: skip
RECOGNIZER = dict(backbone=nn.Conv3d(3, 4, 1), cls_head=dict(type='I3DHead', num_classes=2, in_channels=4))


def samples() -> list[ActionDataSample]:
    sample = ActionDataSample(metainfo=dict(video_name='a', duration_frame=16, duration_second=1.0, feature_frame=16))
    sample.set_gt_label(0)
    sample.gt_instances = InstanceData(gt_bbox=torch.tensor([[0.1, 0.5]]))
    return [sample]


def runs(*shape: int) -> Callable[[nn.Module], None]:
    """Initialize, switch to training and run a batch of zeros."""

    def run(net: nn.Module) -> None:
        net.init_weights()
        net.train()
        net(torch.zeros(shape))

    return run


def localizes(net: nn.Module) -> None:
    net.init_weights()
    features = torch.zeros(1, 4, 4)
    net(features, samples(), mode='loss', more=1)
    with torch.inference_mode():
        net(features, samples(), mode='predict', more=1)


def recognizes(net: nn.Module) -> None:
    clips = torch.zeros(1, 1, 3, 2, 4, 4)
    net(clips, samples(), mode='loss')
    net(clips, samples(), mode='predict')
    net(clips)


def classifies(net: nn.Module) -> None:
    net.init_weights()
    net.loss(torch.zeros(1, 4, 1, 1, 1), samples())
    net.predict(torch.zeros(1, 4, 1, 1, 1), samples())


class Case(NamedTuple):
    cls: str
    kwargs: dict
    run: Callable[[nn.Module], object]
    hooks: str


CASES = [
    Case('ResNet', dict(depth=18, partial_bn=True, **FLAT), runs(1, 3, 32, 32),
         '_make_stem_layer _freeze_stages _partial_bn init_weights train forward'),
    Case('ResNetTSM', TSM, str, 'init_structure make_temporal_shift make_temporal_pool make_non_local'),
    Case('ResNetTIN', dict(depth=50, **FLAT), str, 'init_structure make_temporal_interlace'),
    Case('TANet', dict(depth=50, num_segments=4, **FLAT), runs(4, 3, 32, 32), 'make_tam_modeling init_weights'),
    Case('MobileNetV2TSM', dict(widen_factor=0.25, num_segments=2), runs(2, 3, 32, 32),
         'init_structure make_temporal_shift make_layer _freeze_stages train'),
    Case('ResNet3d', dict(depth=18, **CLIPS), runs(1, 3, 4, 32, 32),
         '_make_stem_layer _freeze_stages init_weights train forward'),
    Case('ResNet3dLayer', dict(depth=18, stage=1), runs(1, 64, 4, 8, 8), '_freeze_stages init_weights train forward'),
    Case('ResNetAudio', dict(depth=50, num_stages=1), runs(1, 1, 8, 8),
         '_make_stem_layer _freeze_stages init_weights forward'),
    Case('X3D', dict(num_stages=1, spatial_strides=(2,)), runs(1, 3, 2, 16, 16),
         '_make_stem_layer _freeze_stages make_res_layer _round_width _round_repeats init_weights forward'),
    Case('C2D', dict(depth=18, **FLAT), runs(1, 3, 2, 32, 32), '_make_stem_layer _freeze_stages forward'),
    Case('SwinTransformer3D', SWIN, runs(1, 3, 4, 32, 32), '_freeze_stages init_weights train forward'),
    Case('BMN', BMN, localizes, '_get_interp1d_mask _get_bm_mask _match_map _temporal_anchors _forward generate_labels '
         'loss predict init_weights'),
    Case('TEM', dict(temporal_dim=4, boundary_ratio=0.5, tem_feat_dim=4, tem_hidden_dim=4, tem_match_threshold=0.5),
         localizes, '_temporal_anchors _forward generate_labels loss predict'),
    Case('Recognizer3D', RECOGNIZER, recognizes, 'extract_feat loss predict forward _forward'),
    Case('I3DHead', dict(num_classes=2, in_channels=4), classifies,
         'forward loss loss_by_feat predict predict_by_feat average_clip init_weights'),
    Case('MViTHead', dict(num_classes=2, in_channels=4), lambda net: net(([0, torch.zeros(1, 4)],)), 'pre_logits'),
    Case('ActionDataPreprocessor', {}, lambda net: net(dict(inputs=[torch.zeros(1, 3, 4, 4)])),
         'forward forward_onesample preprocess'),
    Case('SubBatchNorm3D', dict(num_features=4, num_splits=2), lambda net: net.aggregate_stats(),
         '_get_aggregated_mean_std aggregate_stats'),
    Case('CrossEntropyLoss', {}, lambda net: net(torch.zeros(1, 2), torch.tensor([0])), '_forward'),
]  # fmt: skip


@pytest.mark.parametrize('case', CASES, ids=lambda case: case.cls)
def test_overrides_are_called_and_may_call_super(case: Case):
    called = set()

    def override(name: str) -> Callable:
        def method(self, *args, **kwargs):
            called.add(name)
            return getattr(super(cls, self), name)(*args, **kwargs)

        return method

    names = case.hooks.split()
    with warnings.catch_warnings():
        warnings.simplefilter('error', UserWarning)  # no override is reported as unused
        cls = type('Mine', (getattr(models, case.cls),), {name: override(name) for name in names})
        case.run(cls(**case.kwargs))
    assert called == set(names)
