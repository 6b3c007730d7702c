"""X3D: widths, squeeze and excitation, where blocks have it, what stays fixed, training."""

from __future__ import annotations

import pytest
import torch
from clip_overfitting import assert_half_agrees, overfit, recognizer
from torch import nn

from mmaction.models import X3D, SEModule, X3DHead
from mmaction.models.common.squeeze_excite import round_width
from mmaction.testing import fill_state_dict, seeded_tensor

SMALL = dict(num_stages=2, spatial_strides=(2, 2), gamma_d=1, gamma_b=2.25)


@pytest.mark.parametrize(
    ('width', 'multiplier', 'rounded'),
    [
        (24, 1, 24),
        (24, 2, 48),
        (54, 1 / 16, 8),
        (216, 1 / 16, 16),  # 13.5
        (432, 1 / 16, 32),  # 27 -> 24 would be a tenth less
        (100, 0, 100),
    ],
)
def test_round_width(width, multiplier, rounded):
    assert round_width(width, multiplier) == rounded


def test_squeeze_and_excite():
    se = fill_state_dict(SEModule(16, 1 / 4))
    x = seeded_tensor((2, 16, 3, 4, 5))
    mean = x.mean((2, 3, 4))
    hidden = (mean @ se.fc1.weight.flatten(1).T + se.fc1.bias).clamp(min=0)
    scale = torch.sigmoid(hidden @ se.fc2.weight.flatten(1).T + se.fc2.bias)
    torch.testing.assert_close(se(x), x * scale[:, :, None, None, None])
    with pytest.raises(ValueError, match=r'reduction \(0\) must be positive'):
        SEModule(16, 0)


def test_expansion_factors():
    with torch.device('meta'):
        net, wide = X3D(gamma_w=1, gamma_b=2.25, gamma_d=2.2), X3D(gamma_w=2.0, gamma_d=0.5)
    assert [len(getattr(net, f'layer{i}')) for i in range(1, 5)] == [3, 5, 11, 7]
    assert net.feat_dim == 432
    assert (wide.base_channels, wide.stage_blocks, wide.feat_dim) == (48, (1, 1, 3, 2), 384)


def test_where_blocks_squeeze():
    def squeezing(**options):
        with torch.device('meta'):
            net = X3D(gamma_d=2.2, **options)
        return [hasattr(block, 'se_module') for block in net.layer2]

    assert squeezing() == [True, False, True, False, True]
    assert squeezing(se_style='all') == [True] * 5
    assert squeezing(se_ratio=None) == [False] * 5


def test_time_keeps_its_length_and_sizes_are_free():
    net = fill_state_dict(X3D(**SMALL)).eval()
    for t, h, w in ((4, 32, 32), (5, 30, 50), (1, 17, 17)):
        out = net(torch.zeros(1, 3, t, h, w))
        assert out.shape == (1, 108, t, -(-h // 8), -(-w // 8))


def test_swish_or_relu():
    swish, relu = (fill_state_dict(X3D(use_swish=flag, **SMALL)).eval() for flag in (True, False))
    assert list(swish.state_dict()) == list(relu.state_dict())
    assert isinstance(relu.layer1[0].swish, nn.ReLU)
    x = seeded_tensor((1, 3, 4, 32, 32))
    with torch.no_grad():
        assert not torch.allclose(swish(x), relu(x), rtol=0.01)


def test_frozen_stages_and_norms():
    net = X3D(frozen_stages=1, norm_eval=True, **SMALL).train()
    fixed = {name.split('.')[0] for name, p in net.named_parameters() if not p.requires_grad}
    assert fixed == {'conv1_s', 'conv1_t', 'layer1'}
    assert not any(m.training for m in net.modules() if isinstance(m, nn.BatchNorm3d))


def test_blocks_start_as_the_identity(tmp_path):
    net = X3D(**SMALL)
    net.init_weights()
    assert all(not block.conv3.bn.weight.any() for block in (*net.layer1, *net.layer2))
    torch.save({'state_dict': {f'backbone.{k}': v + 1 for k, v in net.state_dict().items()}}, tmp_path / 'w.pth')
    other = X3D(pretrained=str(tmp_path / 'w.pth'), **SMALL)
    other.init_weights()
    torch.testing.assert_close(other.conv5.conv.weight, net.conv5.conv.weight + 1)


def test_recomputing_blocks_changes_nothing():
    x, grads = seeded_tensor((2, 3, 4, 32, 32)), []
    for with_cp in (False, True):
        net = fill_state_dict(X3D(with_cp=with_cp, **SMALL))
        net(x).square().mean().backward()
        grads.append([p.grad for p in net.parameters()] + [net.layer1[0].conv1.bn.running_mean])
    for a, b in zip(*grads):
        torch.testing.assert_close(a, b)


def test_arguments():
    for match, options in (
        (r"se_style \('third'\) must be one of 'half', 'all'", dict(se_style='third')),
        (r'gamma_d \(0\) must be above 0', dict(gamma_d=0)),
        (r'num_stages \(5\)', dict(num_stages=5)),
        (r'spatial_strides \(2, 2\) must have 4 entries', dict(spatial_strides=(2, 2))),
        (r'frozen_stages \(5\)', dict(frozen_stages=5)),
    ):
        with pytest.raises(ValueError, match=match):
            X3D(**options)
    with pytest.raises(TypeError, match='gamma_t'):
        X3D(gamma_t=2)


def test_head():
    head = fill_state_dict(X3DHead(5, 8, fc1_bias=True)).eval()
    x = seeded_tensor((2, 8, 3, 4, 4))
    hidden = (x.mean((2, 3, 4)) @ head.fc1.weight.T + head.fc1.bias).clamp(min=0)
    torch.testing.assert_close(head(x), hidden @ head.fc2.weight.T + head.fc2.bias)
    assert X3DHead(5, 8).fc1.bias is None


def test_trains_and_half_agrees():
    torch.manual_seed(0)
    model = recognizer(dict(type='X3D', **SMALL), dict(type='X3DHead', in_channels=108, dropout_ratio=0, init_std=0.05))
    first, last = overfit(model, (3, 4, 32, 32), steps=60, lr=1e-3)
    assert last < 0.1 * first
    assert_half_agrees(model.backbone, seeded_tensor((1, 3, 4, 32, 32)))
