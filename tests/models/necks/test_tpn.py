"""TPN: its parts, both flows, recognizers with a neck, the auxiliary loss, training."""

from __future__ import annotations

import pytest
import torch
from clip_overfitting import assert_half_agrees, overfit
from frame_clips import Frames
from torch import nn

from mmaction.models import TPN, TPNHead, build_recognizer
from mmaction.models.necks.tpn import DownSample, LevelFusion, SpatialModulation, TemporalModulation
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor

NECK = dict(
    in_channels=(64, 128),
    out_channels=64,
    spatial_modulation_cfg=dict(in_channels=(64, 128), out_channels=128),
    temporal_modulation_cfg=dict(downsample_scales=(4, 4)),
    upsample_cfg=dict(scale_factor=(1, 1, 1)),
    downsample_cfg=dict(downsample_scale=(1, 1, 1)),
    level_fusion_cfg=dict(
        in_channels=(64, 64), mid_channels=(64, 64), out_channels=64, downsample_scales=((1, 1, 1), (1, 1, 1))
    ),
    aux_head_cfg=dict(out_channels=4, loss_weight=0.5),
)
STAGES = dict(depth=18, num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(0, 1), num_segments=4)
HEAD = dict(type='TPNHead', num_classes=4, in_channels=2048, dropout_ratio=0, init_std=0.02, average_clips='prob')


def samples(*labels):
    return [ActionDataSample().set_gt_label(label) for label in labels]


def tsm_tpn(**test_cfg):
    model = build_recognizer(
        dict(
            type='Recognizer2D',
            backbone=dict(type='ResNetTSM', **STAGES),
            neck=dict(type='TPN', **NECK),
            cls_head=HEAD,
            test_cfg=test_cfg or None,
        )
    )
    return fill_state_dict(model).eval()


def slowonly_tpn(**test_cfg):
    backbone = dict(type='ResNet3dSlowOnly', depth=18, num_stages=2, out_indices=(0, 1), inflate=(0, 1), lateral=False)
    stages = dict(spatial_strides=(1, 2), temporal_strides=(1, 1), dilations=(1, 1), conv1_kernel=(1, 7, 7))
    model = build_recognizer(
        dict(
            type='Recognizer3D',
            backbone=dict(backbone, **stages),
            neck=dict(type='TPN', **NECK),
            cls_head=HEAD,
            test_cfg=test_cfg or None,
        )
    )
    return fill_state_dict(model).eval()


# --- parts ----------------------------------------------------------------------------------------------------------
def test_down_sample_pools_where_it_is_configured():
    x = seeded_tensor((1, 2, 3, 5, 5))
    after, before = (DownSample(2, 4, downsample_position=where) for where in ('after', 'before'))
    before.load_state_dict(after.state_dict())
    pool = nn.MaxPool3d((1, 2, 2), ceil_mode=True)
    torch.testing.assert_close(after(x), pool(after.conv(x)))
    torch.testing.assert_close(before(x), before.conv(pool(x)))
    assert after(x).shape == (1, 4, 3, 3, 3)
    with pytest.raises(ValueError, match=r"downsample_position \('middle'\) must be one of 'after', 'before'"):
        DownSample(2, 4, downsample_position='middle')


def test_spatial_modulation_doubles_channels_as_often_as_needed():
    module = SpatialModulation((16, 32, 64), 64).eval()
    levels = [torch.zeros(1, 16, 2, 20, 20), torch.zeros(1, 32, 2, 10, 10), torch.ones(1, 64, 2, 5, 5)]
    outs = module(levels)
    assert [tuple(out.shape) for out in outs] == [(1, 64, 2, 5, 5)] * 3
    assert outs[2] is levels[2]
    assert [len(list(op.children())) for op in module.spatial_modulation] == [2, 1, 0]


def test_temporal_modulation_keeps_the_largest_of_some_frames():
    module = fill_state_dict(TemporalModulation(64, 32, 4))
    x = seeded_tensor((1, 64, 10, 2, 2))
    conv = module.conv(x)
    torch.testing.assert_close(module(x), torch.stack([conv[:, :, i : i + 4].amax(2) for i in (0, 4, 8)], 2))


def test_level_fusion_scales_levels():
    fusion = LevelFusion((32, 32), (32, 64), 16, ((2, 2, 2), (1, 1, 1))).eval()
    assert fusion([torch.zeros(1, 32, 4, 6, 6), torch.zeros(1, 32, 2, 3, 3)]).shape == (1, 16, 2, 3, 3)


# --- flows ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize('flow_type', ['cascade', 'parallel'])
@torch.no_grad()
def test_flows(flow_type):
    neck = fill_state_dict(TPN(**NECK, flow_type=flow_type)).eval()
    x = [seeded_tensor((1, 64, 8, 6, 6)), seeded_tensor((1, 128, 8, 3, 3), 1)]
    slow, fast = (op(y) for op, y in zip(neck.temporal_modulation_ops, neck.spatial_modulation(x)))
    assert slow.shape == fast.shape == (1, 64, 2, 3, 3)
    early = slow + fast  # upsampled by one
    late = fast + neck.downsample_ops[0](early if flow_type == 'cascade' else slow)
    levels = (early if flow_type == 'cascade' else slow, late)
    pyramid = torch.cat([neck.level_fusion_1((early, fast)), neck.level_fusion_2(levels)], 1)
    out, losses = neck(x)
    torch.testing.assert_close(out, neck.pyramid_fusion(pyramid))
    assert losses == {}


@torch.no_grad()
def test_without_flows():
    neck = TPN(**dict(NECK, upsample_cfg=None, downsample_cfg=None, aux_head_cfg=None)).eval()
    neck.level_fusion_2.load_state_dict(neck.level_fusion_1.state_dict())
    fused = []
    neck.pyramid_fusion.register_forward_pre_hook(lambda _, args: fused.append(args[0]))
    neck([seeded_tensor((1, 64, 4, 6, 6)), seeded_tensor((1, 128, 4, 3, 3), 1)])
    torch.testing.assert_close(*fused[0].chunk(2, 1))


def test_arguments():
    for match, options in (
        (r'in_channels \(64,\) must have at least 2 levels', dict(in_channels=(64,))),
        (r"flow_type \('both'\) must be one of 'cascade', 'parallel'", dict(flow_type='both')),
        ('level_fusion_cfg must be given', dict(level_fusion_cfg=None)),
        (r'downsample_scales \(4,\) must have 2 entries', dict(temporal_modulation_cfg=dict(downsample_scales=(4,)))),
    ):
        with pytest.raises(ValueError, match=match):
            TPN(**{**NECK, **options})
    with pytest.raises(ValueError, match=r'TPN takes 2 levels, got 1; out_indices'):
        TPN(**NECK)([torch.zeros(1, 64, 4, 6, 6)])


# --- in recognizers -------------------------------------------------------------------------------------------------
@torch.no_grad()
def test_auxiliary_loss_is_weighted_and_counts_every_view():
    model = slowonly_tpn()
    x = seeded_tensor((2, 2, 3, 4, 24, 24))  # two views a sample
    losses = model(x, samples(1, 3), mode='loss')
    assert set(losses) == {'loss_cls', 'loss_aux', 'top1_acc', 'top5_acc'}
    aux = model.neck.aux_head
    level = model.backbone(x.flatten(0, 1))[0]
    scores = aux.fc(aux.conv(level).mean((2, 3, 4)))
    want = nn.functional.cross_entropy(scores, torch.tensor([1, 1, 3, 3]))
    torch.testing.assert_close(losses['loss_aux'], 0.5 * want)


@torch.no_grad()
def test_2d_features_become_clips():
    model, x = tsm_tpn(), seeded_tensor((2, 4, 3, 24, 24))
    feats, kwargs = model.extract_feat(x, stage='neck')
    assert feats.shape == (2, 2048, 3, 3)
    assert kwargs == dict(num_segs=1, loss_aux={})
    levels = [level.view(2, 4, *level.shape[1:]).transpose(1, 2) for level in model.backbone(x.flatten(0, 1))]
    torch.testing.assert_close(feats, model.neck(levels)[0].squeeze(2))
    want = model.cls_head.fc_cls(feats.mean((2, 3))).softmax(1)
    got = torch.stack([s.pred_score for s in model(x, samples(0, 1), mode='predict')])
    torch.testing.assert_close(got, want)


@pytest.mark.parametrize(
    ('build', 'shape'), [(tsm_tpn, (2, 8, 3, 24, 24)), (slowonly_tpn, (2, 2, 3, 4, 24, 24))], ids=['tsm', 'slowonly']
)
@torch.no_grad()
def test_dense_testing_and_few_views_at_once_change_nothing(build, shape):
    x, scores = seeded_tensor(shape), []
    for test_cfg in (dict(), dict(fcn_test=True), dict(fcn_test=True, max_testing_views=1)):
        predicted = build(**test_cfg)(x, samples(0, 1), mode='predict')
        scores.append(torch.stack([sample.pred_score for sample in predicted]))
    assert scores[0].shape == (2, 4)
    assert scores[0].std() > 1e-3
    torch.testing.assert_close(scores[1], scores[0])
    torch.testing.assert_close(scores[2], scores[0])


@torch.no_grad()
def test_head():
    head = fill_state_dict(TPNHead(5, 8)).eval()
    x = seeded_tensor((6, 8, 2, 3, 3))
    every = head.fc_cls(x.mean((2, 3, 4)))
    torch.testing.assert_close(head(x), every)
    torch.testing.assert_close(head(x, num_segs=3), every.view(2, 3, 5).mean(1))
    torch.testing.assert_close(head(x, num_segs=3, fcn_test=True), every)
    torch.testing.assert_close(head(x[:, :, 0], num_segs=1), head.fc_cls(x[:, :, 0].mean((2, 3))))


class WithAux(nn.Module):
    """Adds the auxiliary loss to the other."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, clips, labels, mode):
        out = self.model(clips, labels, mode=mode)
        return dict(loss_cls=out['loss_cls'] + out['loss_aux']) if mode == 'loss' else out


def test_trains_and_half_agrees():
    torch.manual_seed(0)
    model = tsm_tpn()
    model.init_weights()
    model.neck.aux_head.dropout.p = 0
    first, last = overfit(Frames(WithAux(model)), (4, 3, 24, 24), steps=40, lr=5e-4)
    assert last < 0.1 * first
    levels = [seeded_tensor((1, 64, 4, 6, 6)), seeded_tensor((1, 128, 4, 3, 3), 1)]
    neck = model.neck
    assert_half_agrees(PyramidOnly(neck, levels[1]), levels[0])


class PyramidOnly(nn.Module):
    """The features of a neck, as a function of the first level."""

    def __init__(self, neck, other):
        super().__init__()
        self.neck, self.other = neck, other

    def forward(self, level):
        return self.neck([level, self.other])[0]
