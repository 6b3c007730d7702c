"""The layers that models share: against slow loops, naive sums and closed forms."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch import nn

from mmaction.models.common import (
    Conv2plus1d,
    ConvModule,
    NonLocal2d,
    NonLocal3d,
    TemporalShift,
    build_act,
    build_conv,
    build_norm,
    temporal_shift,
)
from mmaction.models.common.bricks import Swish
from mmaction.models.common.non_local import attend_concatenation, attend_dot_product, attend_softmax
from mmaction.models.common.temporal_shift import _shift_graph
from mmaction.testing import fill_state_dict


def slow_shift(x: torch.Tensor, segments: int, div: int) -> torch.Tensor:
    """Frame by frame, channel by channel."""
    out = torch.zeros_like(x)
    fold = x.shape[1] // div
    for n in range(x.shape[0]):
        t = n % segments
        for c in range(x.shape[1]):
            step = 1 if c < fold else -1 if c < 2 * fold else 0
            if 0 <= t + step < segments:
                out[n, c] = x[n + step, c]
    return out


@settings(max_examples=40, deadline=None)
@given(
    clips=st.integers(1, 3),
    segments=st.integers(1, 5),
    channels=st.integers(1, 12),
    div=st.integers(2, 9),
    last=st.booleans(),
    grad=st.booleans(),
)
def test_shift_equals_slow_loop(clips, segments, channels, div, last, grad):
    x = torch.randn(clips * segments, channels, 2, 3)
    if last:
        x = x.to(memory_format=torch.channels_last)
    x.requires_grad_(grad)
    before = x.detach().clone()
    want = slow_shift(x.detach(), segments, div)
    got = temporal_shift(x, segments, div)
    assert torch.equal(got, want)
    assert torch.equal(_shift_graph(x, segments, channels // div), want)
    assert torch.equal(x, before) and got.data_ptr() != x.data_ptr()
    assert got.stride() == x.stride()


def test_shift_gradients():
    x = torch.randn(6, 5, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: temporal_shift(v, 3, 4), x)
    assert torch.autograd.gradgradcheck(lambda v: temporal_shift(v, 3, 4).pow(2), x)
    y = temporal_shift(x, 3, 4)
    (theirs,) = torch.autograd.grad(_shift_graph(x, 3, 1).cos().sum(), x)
    (ours,) = torch.autograd.grad(y.cos().sum(), x)
    assert torch.equal(ours, theirs)


def test_shift_in_an_exported_graph():
    net = TemporalShift(nn.Identity(), num_segments=4, shift_div=3)
    x = torch.randn(8, 6, 2, 2)
    program = torch.export.export(net, (x,))
    assert torch.equal(program.module()(x), slow_shift(x, 4, 3))
    assert not any('copy_' in str(node.target) for node in program.graph.nodes)


def test_shift_refuses_broken_clips():
    with pytest.raises(ValueError, match=r'batch of 7 frames .* num_segments \(4\)'):
        temporal_shift(torch.zeros(7, 8, 1, 1), 4)
    with pytest.raises(ValueError, match=r'shift_div \(1\)'):
        TemporalShift(nn.Identity(), 8, shift_div=1)


def test_conv_module_layout():
    module = ConvModule(3, 4, 3, norm_cfg=dict(type='BN', requires_grad=False), act_cfg=dict(type='LeakyReLU'))
    assert set(module.state_dict()) == {
        'conv.weight',
        'bn.weight',
        'bn.bias',
        'bn.running_mean',
        'bn.running_var',
        'bn.num_batches_tracked',
    }
    assert [p.requires_grad for p in module.parameters()] == [True, False, False]
    assert isinstance(module.activate, nn.LeakyReLU) and module.activate.inplace
    x = torch.randn(2, 3, 5, 5)
    torch.testing.assert_close(module(x), module.activate(module.bn(module.conv(x))))
    torch.testing.assert_close(module(x, activate=False, norm=False), module.conv(x))
    assert set(ConvModule(3, 4, 1).state_dict()) == {'conv.weight', 'conv.bias'}
    assert set(ConvModule(3, 4, 1, bias=False, act_cfg=None).state_dict()) == {'conv.weight'}


@pytest.mark.parametrize(
    ('cfg', 'name', 'kind', 'eps'),
    [
        (dict(type='SyncBN', eps=1e-3), 'bn', nn.SyncBatchNorm, 1e-3),
        (dict(type='BN3d'), 'bn', nn.BatchNorm3d, 1e-5),
        (dict(type='GN', num_groups=2), 'gn', nn.GroupNorm, 1e-5),
        (dict(type='LN', eps=1e-6), 'ln', nn.LayerNorm, 1e-6),
        (dict(type='IN'), 'in', nn.InstanceNorm2d, 1e-5),
        (dict(type=nn.BatchNorm1d), 'bn', nn.BatchNorm1d, 1e-5),
    ],
)
def test_build_norm(cfg, name, kind, eps):
    got, norm = build_norm(cfg, 4)
    assert (got, type(norm), norm.eps) == (name, kind, eps)


def test_build_layers_by_name():
    assert isinstance(build_conv(None, 3, 4, 1), nn.Conv2d)
    assert isinstance(build_conv(dict(type='Conv2plus1d'), 3, 4, 1), Conv2plus1d)  # from the registry
    assert torch.equal(build_act(dict(type='Swish'))(torch.ones(1)), torch.sigmoid(torch.ones(1)))
    assert not hasattr(Swish(), 'inplace')
    with pytest.raises(KeyError, match=r'names the layer Conv3D, .* Did you mean Conv3d'):
        build_conv(dict(type='Conv3D'), 3, 4, 1)
    with pytest.raises(TypeError, match=r"norm_cfg must be a dict .* got 'BN'"):
        build_norm('BN', 4)
    with pytest.raises(ValueError, match='has no num_groups'):
        build_norm(dict(type='GN'), 4)


def test_conv2plus1d_keeps_the_parameters_of_a_full_kernel():
    conv = Conv2plus1d(128, 128, 3, stride=(2, 1, 1), padding=1, bias=False)
    assert conv.conv_s.weight.shape == (288, 128, 1, 3, 3) and conv.conv_t.weight.shape == (128, 288, 3, 1, 1)
    assert sum(p.numel() for p in (conv.conv_s.weight, conv.conv_t.weight)) == 27 * 128 * 128
    assert Conv2plus1d(64, 128, 1).conv_s.out_channels == 54  # as published, though its kernel spans one frame
    assert conv(torch.zeros(1, 128, 4, 5, 6)).shape == (1, 128, 2, 5, 6)
    with pytest.raises(ValueError, match='has no dilation, got 2'):
        Conv2plus1d(3, 4, 3, dilation=2)


# --- non-local ------------------------------------------------------------------------------------------------------
def naive(mode, theta, phi, g, weight=None, scale=1.0):
    if mode == 'concatenation':
        p, q = theta.shape[1], phi.shape[1]
        pairs = torch.cat([theta[:, :, None].expand(-1, -1, q, -1), phi[:, None].expand(-1, p, -1, -1)], dim=-1)
        pairwise = torch.einsum('npqd,d->npq', pairs, weight).relu() / q
    else:
        pairwise = torch.einsum('npd,nqd->npq', theta, phi) * scale
        pairwise = pairwise / phi.shape[1] if mode == 'dot_product' else pairwise.softmax(-1)
    return torch.einsum('npq,nqe->npe', pairwise, g)


@pytest.mark.parametrize(('p', 'q'), [(40, 10), (3, 2)])  # the first takes the cheap order of the dot product
def test_attention_equals_naive_sums(p, q):
    theta, phi, g = (torch.randn(2, n, 4, dtype=torch.float64) for n in (p, q, q))
    weight = torch.randn(8, dtype=torch.float64)
    close = dict(rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(attend_dot_product(theta, phi, g), naive('dot_product', theta, phi, g), **close)
    torch.testing.assert_close(attend_softmax(theta, phi, g, 0.5), naive('', theta, phi, g, scale=0.5), **close)
    torch.testing.assert_close(
        attend_concatenation(theta, phi, g, weight), naive('concatenation', theta, phi, g, weight), **close
    )


@pytest.mark.parametrize('sub_sample', [False, True])
@pytest.mark.parametrize('mode', ['gaussian', 'embedded_gaussian', 'dot_product', 'concatenation'])
@pytest.mark.parametrize('cls', [NonLocal2d, NonLocal3d])
def test_non_local_block(cls, mode, sub_sample):
    block = cls(6, sub_sample=sub_sample, norm_cfg=dict(type=f'BN{cls.dims}d'), mode=mode)
    x = torch.randn(2, 6, *(3, 4, 4)[-cls.dims :])
    assert torch.equal(block(x), x)  # starts as the identity
    fill_state_dict(block).eval()
    if mode in ('embedded_gaussian', 'dot_product', 'concatenation'):
        with torch.no_grad():  # large enough to tell one formula from another
            block.theta.conv.weight.mul_(30)
    inner = 6 if mode == 'gaussian' else 3
    pool = (nn.MaxPool2d(2) if cls.dims == 2 else nn.MaxPool3d((1, 2, 2))) if sub_sample else nn.Identity()

    def rows(module, key, y):
        conv = dict(module.named_modules())[key]
        return pool(conv(y)).flatten(2).mT

    prefix = '.0.conv' if sub_sample else '.conv'
    g = rows(block, f'g{prefix}', x)
    theta = x.flatten(2).mT if mode == 'gaussian' else block.theta.conv(x).flatten(2).mT
    phi = pool(x).flatten(2).mT if mode == 'gaussian' else rows(block, f'phi{prefix}', x)
    weight = block.concat_project.conv.weight.flatten() if mode == 'concatenation' else None
    y = naive(mode, theta, phi, g, weight, scale=inner**-0.5 if mode == 'embedded_gaussian' else 1.0)
    want = x + block.conv_out(y.mT.reshape(2, 3, *x.shape[2:]))
    torch.testing.assert_close(block(x), want, rtol=1e-4, atol=1e-5)
    assert (block(x) - x).abs().max() > 1e-2


def test_non_local_refuses_an_unknown_mode():
    with pytest.raises(ValueError, match=r"mode \('dot'\) must be one of 'gaussian'"):
        NonLocal3d(4, mode='dot')
