"""Convolutions of a training step: outputs and gradients of the plain layers, with the channels innermost."""

import copy

import pytest
import torch
from torch import nn

from mmaction.models.common import Conv2plus1d, ConvModule, TemporalShift
from mmaction.models.common.conv_training import convolve

FORMATS = {4: torch.channels_last, 5: torch.channels_last_3d}


def outputs_and_gradients(layer, function, x):
    x = x.clone().requires_grad_()
    out = function(x)
    weights = torch.linspace(-1, 1, out.numel()).view(out.shape)
    return out, torch.autograd.grad((out * weights).sum(), [x, *layer.parameters()])


@pytest.mark.parametrize(
    ('kernel', 'options', 'frames'),
    [
        ((3, 3), dict(padding=1), None),
        ((3, 3), dict(padding=1, stride=2, groups=4, bias=False), None),
        ((1, 3, 3), dict(padding=(0, 1, 1), stride=(1, 2, 2)), 4),
        ((1, 3, 3), dict(padding=(0, 2, 2), dilation=(1, 2, 2), groups=2), 3),
        ((1, 1, 1), dict(stride=(2, 1, 1)), 5),
        ((3, 1, 1), dict(padding=(1, 0, 0)), 4),
        ((3, 1, 1), dict(padding=(1, 0, 0), bias=False), 1),
        ((5, 1, 1), dict(padding=(2, 0, 0)), 2),  # the outer taps see padding alone
        ((3, 1, 1), dict(padding=(1, 0, 0), stride=(2, 1, 1)), 4),
        ((3, 1, 1), dict(padding=(1, 0, 0), groups=4), 4),
        ((3, 1, 1), dict(), 4),
        ((3, 3, 3), dict(padding=1), 3),
    ],
)
def test_equals_the_layer(kernel, options, frames):
    torch.manual_seed(0)
    layer = (nn.Conv2d if len(kernel) == 2 else nn.Conv3d)(8, 4, kernel, **options)
    x = torch.randn(2, 8, *([frames] if frames else []), 7, 9)
    out, gradients = outputs_and_gradients(layer, lambda x: convolve(layer, x), x)
    want, want_gradients = outputs_and_gradients(layer, layer, x)
    torch.testing.assert_close(out, want, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(gradients, want_gradients, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('kernel', [(3, 3), (1, 3, 3), (3, 1, 1)])
def test_keeps_the_channels_innermost(kernel):
    layer = (nn.Conv2d if len(kernel) == 2 else nn.Conv3d)(8, 4, kernel, padding=tuple(k // 2 for k in kernel))
    out = convolve(layer, torch.randn(2, 8, *[6] * len(kernel)))
    assert out.is_contiguous(memory_format=FORMATS[out.ndim])


def test_second_derivative_over_time():
    layer = nn.Conv3d(2, 3, (3, 1, 1), padding=(1, 0, 0))
    x = torch.randn(1, 2, 4, 2, 2, requires_grad=True)

    def penalty(function):
        (gradient,) = torch.autograd.grad((function(x) ** 3).sum(), x, create_graph=True)
        return torch.autograd.grad(gradient.square().sum(), [x, layer.weight])

    torch.testing.assert_close(penalty(lambda x: convolve(layer, x)), penalty(layer), rtol=1e-4, atol=1e-4)


def test_a_frozen_layer_gets_no_gradient():
    layer = nn.Conv3d(2, 3, (3, 1, 1), padding=(1, 0, 0), bias=False).requires_grad_(False)
    x = torch.randn(1, 2, 4, 2, 2, requires_grad=True)
    convolve(layer, x).sum().backward()
    assert layer.weight.grad is None
    torch.testing.assert_close(x.grad, torch.autograd.grad(layer(x).sum(), x)[0])


def test_only_a_training_step_of_plain_layers_changes_the_layout():
    class Doubled(nn.Conv2d):
        def forward(self, x):
            assert x.is_contiguous()
            return 2 * super().forward(x)

    x = torch.randn(1, 2, 5, 5)
    layer = Doubled(2, 3, 3)
    assert torch.equal(convolve(layer, x), layer(x))
    layer = nn.Conv2d(2, 3, 3)
    with torch.no_grad():
        assert convolve(layer, x).is_contiguous()
    with torch.autocast('cpu', torch.bfloat16):
        assert convolve(layer, x).is_contiguous()


def test_hooks_of_the_convolution_are_called():
    layer = nn.Conv3d(2, 3, (3, 1, 1), padding=(1, 0, 0))
    seen = []
    layer.register_forward_hook(lambda module, args, out: seen.append(tuple(out.shape)))
    convolve(layer, torch.randn(1, 2, 4, 2, 2))
    assert seen == [(1, 3, 4, 2, 2)]


@pytest.mark.parametrize(
    'conv',
    [
        lambda: ConvModule(
            4, 4, (3, 1, 1), padding=(1, 0, 0), conv_cfg=dict(type='Conv3d'), norm_cfg=dict(type='BN3d')
        ),
        lambda: Conv2plus1d(4, 4, 3, padding=1),
    ],
)
def test_a_step_of_a_module_is_that_of_its_layers(conv, monkeypatch):
    torch.manual_seed(0)
    module = conv().train()
    plain = copy.deepcopy(module)
    x = torch.randn(2, 4, 3, 6, 6)
    out, gradients = outputs_and_gradients(module, module, x)
    monkeypatch.setattr('mmaction.models.common.packed_conv.convolve', lambda conv, x: conv(x))
    want, want_gradients = outputs_and_gradients(plain, plain, x)
    torch.testing.assert_close(out, want, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(gradients, want_gradients, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(dict(module.named_buffers()), dict(plain.named_buffers()), rtol=1e-4, atol=1e-5)


def test_shifted_frames_keep_the_channels_innermost():
    module = TemporalShift(nn.Conv2d(8, 4, 1), num_segments=2)
    assert module(torch.randn(4, 8, 5, 5)).is_contiguous(memory_format=torch.channels_last)
