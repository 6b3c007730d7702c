"""RGBPoseConv3D, RGBPoseHead and MMRecognizer3D."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from golden_files import GoldenFile
from mmengine.config import Config

from mmaction.evaluation.metrics import AccMetric
from mmaction.models import RGBPoseConv3D, RGBPoseHead, build_recognizer
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor

RGB = dict(
    depth=18,
    num_stages=3,
    spatial_strides=(1, 2, 2),
    temporal_strides=(1, 1, 1),
    dilations=(1, 1, 1),
    out_indices=(2,),
    lateral=True,
    lateral_infl=1,
    lateral_activate=(0, 0, 1),
    fusion_kernel=3,
    base_channels=16,
    conv1_kernel=(1, 3, 3),
    inflate=(0, 0, 1),
    with_pool2=False,
)
POSE = dict(
    depth=18,
    num_stages=2,
    stage_blocks=(1, 1),
    lateral=True,
    lateral_inv=True,
    lateral_infl=8,
    lateral_activate=(0, 1),
    fusion_kernel=3,
    in_channels=5,
    base_channels=8,
    out_indices=(1,),
    conv1_kernel=(1, 3, 3),
    conv1_stride_s=1,
    pool1_stride_s=1,
    inflate=(0, 1),
    spatial_strides=(2, 2),
    temporal_strides=(1, 1),
    dilations=(1, 1),
    with_pool2=False,
)
MODEL = dict(
    type='MMRecognizer3D',
    backbone=dict(type='RGBPoseConv3D', speed_ratio=2, channel_ratio=4, rgb_pathway=RGB, pose_pathway=POSE),
    cls_head=dict(type='RGBPoseHead', num_classes=4, in_channels=[64, 16], average_clips='prob', dropout=0),
    data_preprocessor=dict(
        type='MultiModalDataPreprocessor',
        preprocessors=dict(
            imgs=dict(type='ActionDataPreprocessor', format_shape='NCTHW'),
            heatmap_imgs=dict(type='ActionDataPreprocessor'),
        ),
    ),
)


def net(rgb=None, pose=None, **keywords):
    return RGBPoseConv3D(
        **dict(speed_ratio=2, channel_ratio=4, rgb_pathway=RGB | (rgb or {}), pose_pathway=POSE | (pose or {}))
        | keywords
    )


def clips(n=2, t=4, size=32):
    heatmaps = (n, 5, 2 * t, size // 4, size // 4)
    return dict(imgs=seeded_tensor((n, 3, t, size, size)), heatmap_imgs=seeded_tensor(heatmaps))


@torch.no_grad()
def test_published_net_as_recorded(root):
    goldens = GoldenFile('rgbpose_conv3d')
    (config,) = goldens.names('upstream')
    model = fill_state_dict(MODELS.build(Config.fromfile(root / config).model)).eval()
    goldens.check_keys(config, model)
    assert sum(p.numel() for p in model.parameters()) == 36_147_928
    shapes = sorted(goldens.setup(config)['shapes'].items())
    inputs = {name: seeded_tensor(shape, seed=i) for i, (name, shape) in enumerate(shapes)}
    features = model(inputs, mode='tensor')
    scores = model.cls_head(features)
    goldens.check(config, features, 'backbone')
    goldens.check(config, [scores['pose'], scores['rgb']], 'head')  # in the order of their names


@torch.no_grad()
def test_pathways_exchange_features_before_their_last_stages():
    model = fill_state_dict(net()).eval()
    rgb, pose, x = model.rgb_path, model.pose_path, clips()
    a = rgb.layer2(rgb.layer1(rgb.run_stem(x['imgs'])))
    b = pose.layer1(pose.run_stem(x['heatmap_imgs']))
    got = model(**x)
    torch.testing.assert_close(got[0], rgb.layer3(torch.cat([a, rgb.layer2_lateral(b)], 1)))
    torch.testing.assert_close(got[1], pose.layer2(torch.cat([b, pose.layer1_lateral(a)], 1)))
    assert [tuple(y.shape) for y in got] == [(2, 64, 4, 2, 2), (2, 16, 8, 2, 2)]


def test_detached_pathways_send_no_gradients():
    for keywords, from_rgb, from_pose in (
        ({}, True, True),
        (dict(rgb_detach=True), True, False),
        (dict(pose_detach=True), False, True),
    ):
        model = net(**keywords).eval()
        for out, other, reaches in zip(model(**clips()), (model.pose_path, model.rgb_path), (from_pose, from_rgb)):
            gradient = torch.autograd.grad(out.sum(), other.conv1.conv.weight, retain_graph=True, allow_unused=True)[0]
            assert (gradient is not None and bool(gradient.any())) is reaches, keywords


@torch.no_grad()
def test_dropped_paths_get_zeros_in_training_only():
    x = clips()
    model = fill_state_dict(net(rgb_drop_path=1.0))
    plain = copy.deepcopy(model)
    plain.rgb_drop_path = 0
    plain.rgb_path.layer2_lateral.conv.weight.zero_()
    for mode in (True, False):
        got, want = model.train(mode)(**x), plain.train(mode)(**x)
        assert torch.equal(got[1], want[1])
        assert torch.equal(got[0], want[0]) is mode


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(rgb_drop_path=1.5), r'rgb_drop_path \(1.5\) must be a probability'),
        (dict(channel_ratio=8), r'takes 8 channels, but the other pathway has 8 there|takes 4 channels'),
        (dict(pose=dict(lateral_inv=False)), 'lateral_inv of the pose pathway must be True'),
        (dict(rgb=dict(lateral_inv=True)), 'lateral_inv of the RGB pathway must be False'),
        (dict(rgb=dict(lateral_activate=(1, 0, 1))), r'\(1, 0, 1\) of the RGB .*its first 1 must be 0'),
        (
            dict(rgb=dict(num_stages=1, spatial_strides=(1,), temporal_strides=(1,), dilations=(1,), out_indices=(0,))),
            r'The RGB pathway \(1 stages\) must have at least as many stages as the pose pathway \(2\)',
        ),
    ],
)
def test_pathways_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        net(**change)


def test_clips_that_do_not_meet_are_refused():
    x = clips()
    with pytest.raises(ValueError, match=r'\(4, 4, 4\) and \(4, 2, 2\).*a quarter as large'):
        net()(x['imgs'], x['heatmap_imgs'][..., :4, :4])
    with pytest.raises(ValueError, match=r'There must be speed_ratio \(2\) heatmaps per frame'):
        net()(x['imgs'], x['heatmap_imgs'][:, :, :4])


# --- head -----------------------------------------------------------------------------------------------------------
def head(**keywords):
    return RGBPoseHead(num_classes=3, in_channels=(2, 2), **dict(dropout=0, average_clips='prob') | keywords)


def sample(label=0):
    return ActionDataSample().set_gt_label(label)


def test_losses_are_weighted_by_component():
    scores = dict(rgb=torch.tensor([[0.0, 0.0, 0.0]]), pose=torch.tensor([[3.0, 0.0, 0.0]]))
    pose = float(np.log(np.exp(3) + 2) - 3)
    losses = head(loss_weights=(2.0, 0.5)).loss_by_feat(scores, [sample(0)])
    assert float(losses['rgb_loss_cls']) == pytest.approx(2 * np.log(3), rel=1e-6)
    assert float(losses['pose_loss_cls']) == pytest.approx(0.5 * pose, rel=1e-6)
    assert float(losses['pose_top1_acc']) == 1
    one = head(loss_components='pose').loss_by_feat(scores, [sample(1)])
    assert {k: round(float(v), 4) for k, v in one.items()} == {
        'pose_top1_acc': 0.0,
        'pose_top5_acc': 1.0,
        'pose_loss_cls': round(pose + 3, 4),
    }


def test_scores_of_components_reach_the_metric_alone_and_fused():
    rgb = torch.tensor([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3]]).log()
    pose = torch.tensor([[0.1, 0.8, 0.1], [0.3, 0.4, 0.3]]).log()
    samples = head().predict_by_feat(dict(rgb=rgb, pose=pose), [sample(0), sample(1)])
    torch.testing.assert_close(samples[0].pred_score['rgb'], torch.tensor([0.7, 0.2, 0.1]))
    torch.testing.assert_close(samples[0].pred_score['pose'], torch.tensor([0.1, 0.8, 0.1]))
    assert [int(s.pred_label) for s in samples] == [1, 1]  # of the first 0.5 over 0.4
    metric = AccMetric(metric_list='top_k_accuracy', metric_options=dict(top_k_accuracy=dict(topk=1)))
    metric.process({}, [s.to_dict() for s in samples])
    assert dict(metric.compute_metrics(metric.results)) == {
        'rgb_top1': 1.0,
        'pose_top1': 0.5,
        'RGBPose_1:1_top1': 0.5,
        'RGBPose_2:1_top1': 1.0,  # of the first 1.5 over 1.2
        'RGBPose_1:2_top1': 0.5,
    }


@pytest.mark.parametrize(
    ('keywords', 'message'),
    [
        (dict(loss_components=('rgb', 'flow')), r"loss_components \('rgb', 'flow'\) must be of"),
        (dict(loss_weights=(1.0,)), r'loss_weights \(1.0,\) must be one number'),
        (dict(dropout=dict(rgb=0.5)), r"dropout \({'rgb': 0.5}\) must be one number"),
        (dict(average_clips='max'), r"average_clips \('max'\) must be one of"),
    ],
)
def test_head_refuses(keywords, message):
    with pytest.raises(ValueError, match=message):
        head(**keywords)
    with pytest.raises(ValueError, match=r'in_channels \(5\) must be two numbers'):
        RGBPoseHead(3, 5)


# --- whole ----------------------------------------------------------------------------------------------------------
@torch.no_grad()
def test_views_are_averaged_and_may_go_one_by_one():
    model = fill_state_dict(build_recognizer(MODEL)).eval()
    inputs = {name: seeded_tensor((2, 3, *x.shape[1:]), seed=7) for name, x in clips().items()}
    whole = model(inputs, mode='predict')
    model.max_testing_views = 2
    parts = model(inputs, mode='predict')
    for name in ('rgb', 'pose'):
        views = model.cls_head(model.backbone(**{k: v[1] for k, v in inputs.items()}))[name].softmax(-1)
        torch.testing.assert_close(whole[1].pred_score[name], views.mean(0))
        torch.testing.assert_close(parts[1].pred_score[name], views.mean(0))
    with pytest.raises(TypeError, match='takes a dict of tensors by modality, got Tensor'):
        model(inputs['imgs'], mode='predict')
    inputs['imgs'] = inputs['imgs'][:, :2]
    with pytest.raises(ValueError, match=r"same samples and views, got {'imgs': \(2, 2\), 'heatmap_imgs': \(2, 3\)}"):
        model(inputs, mode='predict')


def test_learns_four_clips_by_heart_through_the_preprocessor():
    torch.manual_seed(0)
    model = build_recognizer(MODEL)
    model.init_weights()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0)
    batch = dict(
        inputs={name: list(seeded_tensor((4, 1, *x.shape[1:]), seed=1)) for name, x in clips(t=2).items()},
        data_samples=[sample(i) for i in range(4)],
    )
    data = model.data_preprocessor(batch, training=True)
    without = {name for name, _ in model.named_parameters()}
    for _ in range(25):
        optimizer.zero_grad()
        losses = model(**data, mode='loss')
        (losses['rgb_loss_cls'] + losses['pose_loss_cls']).backward()
        without -= {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
        optimizer.step()
    assert without == set()
    assert losses['rgb_loss_cls'].item() < 0.1 and losses['pose_loss_cls'].item() < 0.1
    model.eval()
    assert [int(s.pred_label) for s in model(**data, mode='predict')] == [0, 1, 2, 3]
    with torch.no_grad(), torch.autocast('cpu', torch.bfloat16):
        half = model(data['inputs'], mode='tensor', stage='head')
    with torch.no_grad():
        full = model(data['inputs'], mode='tensor', stage='head')
    for name in ('rgb', 'pose'):
        assert (half[name].float() - full[name]).abs().max() < 0.05 * full[name].abs().max()
