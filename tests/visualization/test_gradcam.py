"""Grad-CAM against CAM, which it equals where a linear classifier follows the pooled features."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict
from mmaction.visualization.gradcam import GradCAM, find_layer, heat_frames

PREPROCESSOR = dict(type='ActionDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])


@pytest.fixture(scope='module')
def tsn() -> torch.nn.Module:
    model = MODELS.build(
        dict(
            type='Recognizer2D',
            backbone=dict(type='ResNet', depth=18),
            cls_head=dict(type='TSNHead', num_classes=5, in_channels=512),
            data_preprocessor=dict(**PREPROCESSOR, format_shape='NCHW'),
        )
    )
    return fill_state_dict(model)


@pytest.fixture(scope='module')
def slowonly() -> torch.nn.Module:
    model = MODELS.build(
        dict(
            type='Recognizer3D',
            backbone=dict(type='ResNet3dSlowOnly', depth=18, pretrained=None, lateral=False),
            cls_head=dict(type='I3DHead', num_classes=5, in_channels=512, spatial_type='avg'),
            data_preprocessor=dict(**PREPROCESSOR, format_shape='NCTHW'),
        )
    )
    return fill_state_dict(model)


def batch(*shape: int, labels: tuple[int, ...] = (3, 1)) -> dict:
    rng = np.random.default_rng(0)
    inputs = [torch.from_numpy(rng.integers(0, 256, shape, dtype=np.uint8)) for _ in labels]
    return dict(inputs=inputs, data_samples=[ActionDataSample().set_gt_label(i) for i in labels])


def unit(maps: torch.Tensor) -> torch.Tensor:
    low, high = maps.amin((1, 2, 3), keepdim=True), maps.amax((1, 2, 3), keepdim=True)
    return (maps - low) / (high - low)


def test_equals_cam_for_frames(tsn) -> None:
    data = batch(3, 3, 96, 96)
    before = torch.stack(data['inputs'])
    shown, scores = GradCAM(tsn, 'backbone/layer4/1/relu')(data, use_labels=True, target='score')
    with torch.inference_mode():
        inputs = tsn.data_preprocessor(data)['inputs']
        feats = tsn.eval()(inputs)  # (N * S, C, 3, 3)
        weight, bias = tsn.cls_head.fc_cls.weight[[3, 1]], tsn.cls_head.fc_cls.bias
        cam = torch.einsum('nc,nschw->nshw', weight, feats.unflatten(0, (2, 3))).relu()
        want = unit(F.interpolate(cam, (96, 96), mode='bilinear'))
        logits = feats.unflatten(0, (2, 3)).mean((1, 3, 4)) @ tsn.cls_head.fc_cls.weight.T + bias
    torch.testing.assert_close(scores, logits, rtol=1e-4, atol=1e-4)
    frames = before.movedim(2, -1).float() / 255
    torch.testing.assert_close(shown, heat_frames(frames, want), rtol=0, atol=0.01)
    assert shown.shape == (2, 3, 96, 96, 3) and shown.min() >= 0 and shown.max() <= 1
    assert want[0].std() > 0.05


def test_equals_cam_for_clips_and_views(slowonly) -> None:
    data = batch(2, 3, 4, 64, 64)  # two views of four frames
    shown, scores = GradCAM(slowonly, 'backbone.layer4.1.relu', colormap='jet')(data, target='score')
    with torch.inference_mode():
        inputs = slowonly.data_preprocessor(data)['inputs']
        feats = slowonly.eval()(inputs)  # (N * V, C, T, 2, 2)
        best = scores.argmax(1).repeat_interleave(2)
        cam = torch.einsum('bc,bcthw->bthw', slowonly.cls_head.fc_cls.weight[best], feats).relu()
        want = unit(F.interpolate(cam[:, None], (4, 64, 64), mode='trilinear')[:, 0])
    frames = torch.stack(data['inputs']).flatten(0, 1).movedim(1, -1).float() / 255  # (N * V, T, H, W, 3)
    torch.testing.assert_close(shown, heat_frames(frames, want, 'jet'), rtol=0, atol=0.03)
    assert shown.shape == (4, 4, 64, 64, 3)
    fainter, _ = GradCAM(slowonly, 'backbone.layer4.1.relu', colormap='jet')(data, False, 0.2, target='score')
    torch.testing.assert_close(fainter, heat_frames(frames, want, 'jet', alpha=0.2), rtol=0, atol=0.03)
    assert (fainter - frames).abs().mean() < 0.5 * (shown - frames).abs().mean()


def test_leaves_the_model_as_it_was(tsn) -> None:
    tsn.train()
    _, scores = GradCAM(tsn, 'backbone/layer3')(batch(2, 3, 64, 64))
    torch.testing.assert_close(scores.sum(1), torch.ones(2))
    assert tsn.training and not find_layer(tsn, 'backbone/layer3')._forward_hooks
    assert all(p.grad is None for p in tsn.parameters())


def test_colours_follow_the_map() -> None:
    out = heat_frames(torch.zeros(2, 3), torch.tensor([0.0, 1.0]), 'viridis', alpha=0.25)
    torch.testing.assert_close(
        out, 0.25 * torch.tensor([[0.267004, 0.004874, 0.329415], [0.993248, 0.906157, 0.143936]])
    )


def test_wrong_arguments_are_named(tsn) -> None:
    with pytest.raises(ValueError, match=r"ResNet has no 'layer9', but .*'layer4'"):
        GradCAM(tsn, 'backbone/layer9/0')
    with pytest.raises(ValueError, match=r"colormap \('nope'\)"):
        GradCAM(tsn, 'backbone', colormap='nope')
    with pytest.raises(ValueError, match=r'cls_head/fc_cls gives \(2, 5\)'):
        GradCAM(tsn, 'cls_head/fc_cls')(batch(2, 3, 64, 64))
    with pytest.raises(ValueError, match=r'alpha \(-0.1\) must be in \[0, 1\]'):
        GradCAM(tsn, 'backbone/layer4')(batch(2, 3, 64, 64), alpha=-0.1)
    with pytest.raises(ValueError, match=r"target \('loss'\) must be one of 'prob', 'score'"):
        GradCAM(tsn, 'backbone/layer4')(batch(2, 3, 64, 64), target='loss')
