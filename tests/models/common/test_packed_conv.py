"""Packed convolutions compute what the layers compute, notice every change of them, and leave no trace."""

from __future__ import annotations

import copy
import gc
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mmaction.models.common import packed_conv
from mmaction.models.common.conv_module import ConvModule, conv_add_act
from mmaction.models.common.packed_conv import conv_norm_act, drop_packed, layer_by_layer
from mmaction.models.common.temporal_shift import TemporalShift
from mmaction.registry import MODELS
from mmaction.testing import fill_state_dict

pytestmark = pytest.mark.skipif(not packed_conv._IS_AVAILABLE, reason='oneDNN is not part of this PyTorch')

LAYERS = {
    'Conv2d': dict(conv_cfg=dict(type='Conv2d'), norm_cfg=dict(type='BN'), kernel_size=3, padding=1),
    'Conv3d': dict(conv_cfg=dict(type='Conv3d'), norm_cfg=dict(type='BN3d'), kernel_size=(3, 1, 1), padding=(1, 0, 0)),
    'depthwise': dict(conv_cfg=dict(type='Conv3d'), norm_cfg=dict(type='BN3d'), kernel_size=3, padding=1, groups=8),
    'strided and dilated': dict(norm_cfg=dict(type='BN'), kernel_size=3, stride=2, dilation=2),
    'no norm': dict(kernel_size=1),
    'bias and norm': dict(norm_cfg=dict(type='BN'), kernel_size=1, bias=True),
    'no activation': dict(norm_cfg=dict(type='BN'), kernel_size=1, act_cfg=None),
    'another activation': dict(norm_cfg=dict(type='BN'), kernel_size=1, act_cfg=dict(type='SiLU')),
    'Conv2plus1d': dict(conv_cfg=dict(type='Conv2plus1d'), norm_cfg=dict(type='BN3d'), kernel_size=3, padding=1),
}


def layer(name: str = 'Conv2d') -> ConvModule:
    module = ConvModule(8, 8, **LAYERS[name])
    fill_state_dict(module)
    return module.eval()


def image(name: str = 'Conv2d', size: int = 7) -> Tensor:
    is_clip = '3' in str(LAYERS[name].get('conv_cfg')) or '2plus1' in name
    return torch.randn(2, 8, *([5] if is_clip else []), size, size)


def plain(module: nn.Module, x: Tensor) -> Tensor:
    """The output of the layers of PyTorch: with gradients, nothing is packed."""
    with torch.enable_grad():
        return module(x).detach()


def is_packed(module: ConvModule) -> bool:
    return module.conv in packed_conv._packed._packed


@pytest.mark.parametrize('name', LAYERS)
def test_the_layers_in_one_pass(name):
    module = layer(name)
    for x in (image(name), image(name, size=9)):  # packed for the one size, used for the other
        with torch.no_grad():
            out = module(x)
        torch.testing.assert_close(out, plain(module, x), rtol=1e-5, atol=1e-5)
    assert len(packed_conv._packed) > 0


@pytest.mark.parametrize(('name', 'layout'), [('Conv2d', torch.channels_last), ('Conv3d', torch.channels_last_3d)])
def test_weights_in_another_memory_format(name, layout):
    module, x = layer(name), image(name)
    expected = plain(module, x)
    module.to(memory_format=layout)
    with torch.no_grad():
        torch.testing.assert_close(module(x), expected, rtol=1e-5, atol=1e-5)
        module.conv.weight.data *= 2
        assert not torch.allclose(module(x), expected)


def test_parts_that_are_left_out():
    module, x = layer(), image()
    for keywords in (dict(norm=False), dict(activate=False), dict(norm=False, activate=False), {}):
        with torch.no_grad():
            out = module(x, **keywords)
        with torch.enable_grad():
            expected = module(x, **keywords)
        torch.testing.assert_close(out, expected.detach(), rtol=1e-5, atol=1e-5)


def _load(module: ConvModule) -> None:
    module.load_state_dict({name: value * 2 for name, value in module.state_dict().items()})


def _assign(module: ConvModule) -> None:
    module.conv.weight = nn.Parameter(torch.ones_like(module.conv.weight))


def _scale_data(module: ConvModule) -> None:
    module.conv.weight.data *= 1.5


def _prune_one_filter(module: ConvModule) -> None:
    module.conv.weight.data[5] = 0


def _in_place(module: ConvModule) -> None:
    with torch.no_grad():
        module.conv.weight[0, 0, 0, 0] += 1


def _statistics(module: ConvModule) -> None:
    module.norm.running_var.add_(1)


def _epsilon(module: ConvModule) -> None:
    module.norm.eps = 0.5


def _step(module: ConvModule) -> None:
    plain_loss = module(image()).sum()
    plain_loss.backward()
    torch.optim.SGD(module.parameters(), lr=0.1).step()


@pytest.mark.parametrize(
    'change', [_load, _assign, _scale_data, _prune_one_filter, _in_place, _statistics, _epsilon, _step]
)
def test_changed_parameters_are_packed_anew(change):
    module, x = layer(), image()
    with torch.no_grad():
        before = module(x)
    change(module)
    with torch.no_grad():
        after = module(x)
    assert not torch.allclose(before, after)
    torch.testing.assert_close(after, plain(module, x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('part', ['conv', 'bn', 'activate'])
def test_a_hook_sees_its_layer(part):
    module, x, seen = layer(), image(), []
    with torch.no_grad():
        module(x)
    getattr(module, part).register_forward_hook(lambda layer, inputs, output: seen.append(output.clone()))
    with torch.no_grad():
        out = module(x)
    (output,) = seen
    assert output.shape == out.shape
    if part == 'activate':
        torch.testing.assert_close(output, out)
    if part == 'conv':
        torch.testing.assert_close(output, nn.functional.conv2d(x, module.conv.weight, padding=1), rtol=1e-5, atol=1e-5)


def test_the_module_keeps_no_trace():
    module, x = layer(), image()
    keys, attributes = list(module.state_dict()), set(vars(module))
    with torch.no_grad():
        out = module(x)
        assert is_packed(module)
        copied = copy.deepcopy(module)
        file = io.BytesIO()
        torch.save(module, file)
        file.seek(0)
        loaded = torch.load(file, weights_only=False)
        torch.testing.assert_close(copied(x), out)
        torch.testing.assert_close(loaded(x), out)
    assert list(module.state_dict()) == keys
    assert set(vars(module)) == attributes


def test_packed_weights_are_freed():
    module, x = layer('Conv2plus1d'), image('Conv2plus1d')
    gc.collect()
    before = len(packed_conv._packed)
    with torch.no_grad():
        module(x)
        assert len(packed_conv._packed) == before + 2
        module.train()
        assert len(packed_conv._packed) == before
        module.eval()(x)
    del module
    gc.collect()
    assert len(packed_conv._packed) == before


@pytest.mark.parametrize('context', [lambda: torch.autocast('cpu', torch.bfloat16), torch.enable_grad, layer_by_layer])
def test_not_where_something_else_is_asked_for(context):
    module, x = layer(), image()
    with torch.no_grad(), context():
        module(x)
    assert not is_packed(module)


@pytest.mark.parametrize(('mode', 'packs'), [('gaussian', False), ('dot_product', True)])
@pytest.mark.parametrize(('network', 'shape'), [('ResNetTSM', (8, 3, 16, 16)), ('ResNet3d', (1, 3, 8, 16, 16))])
def test_not_before_non_local_blocks_that_pass_rounding_on(network, shape, mode, packs):
    cfg = dict(type=network, depth=18, num_stages=1, out_indices=(0,), dilations=(1,))
    block = dict(sub_sample=True, use_scale=True, norm_cfg=dict(type='BN3d'), mode=mode)
    if network == 'ResNet3d':
        cfg.update(spatial_strides=(1,), temporal_strides=(1,), pretrained2d=False, inflate=(1,))
    else:
        cfg.update(strides=(1,))
    net = MODELS.build(dict(cfg, non_local=((1, 0),), non_local_cfg=block)).eval()
    with torch.no_grad():
        net(torch.randn(shape))
    convs = [module for module in net.modules() if isinstance(module, ConvModule)]
    assert any(map(is_packed, convs)) is packs


def test_a_counter_of_operations_sees_convolutions():
    module, x = layer(), image()
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        module(x)
    assert counter.get_total_flops() == 2 * 2 * 8 * 8 * 9 * 7 * 7


def test_an_exported_program_holds_convolutions():
    module, x = layer(), image()
    with torch.no_grad():
        module(x)
        program = torch.export.export(module, (x,))
    operations = {str(node.target) for node in program.graph.nodes}
    assert any('conv2d' in operation for operation in operations)
    assert not any('mkldnn' in operation for operation in operations)


def test_other_convolutions_run_as_they_are():
    class Doubled(nn.Conv2d):
        def forward(self, x):
            return 2 * super().forward(x)

    conv, x = Doubled(8, 8, 1), image()
    with torch.no_grad():
        torch.testing.assert_close(conv_norm_act(conv, None, None, x), conv(x))
    drop_packed(conv)  # nothing to free


def test_shifted_frames():
    conv, norm = nn.Conv2d(8, 4, 1), nn.BatchNorm2d(4)
    shifted = TemporalShift(conv, num_segments=2, shift_div=4)
    fill_state_dict(norm)
    x = torch.randn(4, 8, 3, 3)
    norm.eval()
    with torch.no_grad():
        out = conv_norm_act(shifted, norm, nn.ReLU(), x)
        expected = norm(conv(TemporalShift.shift(x, 2, 4))).relu()
    torch.testing.assert_close(out, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('act', [None, nn.ReLU(inplace=True), nn.SiLU()])
def test_a_shortcut_is_added_before_the_activation(act):
    module, x = layer('no activation'), image()
    shortcut = torch.randn(2, 8, 7, 7)
    kept = shortcut.clone()
    expected = conv_add_act(module, x, act, shortcut).detach()
    with torch.no_grad():
        torch.testing.assert_close(conv_add_act(module, x, act, shortcut), expected, rtol=1e-5, atol=1e-5)
        assert torch.equal(shortcut, kept)
        own = shortcut.contiguous(memory_format=torch.channels_last)
        out = conv_add_act(module, x, act, own, overwrite=True)
    torch.testing.assert_close(out, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('name', ['ReLU', 'ReLU6', 'SiLU', 'Swish', 'HSwish', 'GELU'])
def test_activations(name):
    module, x = ConvModule(8, 8, 1, norm_cfg=dict(type='BN'), act_cfg=dict(type=name)), image()
    fill_state_dict(module).eval()
    with torch.no_grad():
        out = module(x)
    torch.testing.assert_close(out, plain(module, x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('part', ['layer1.0', 'layer1.0.conv2', 'layer1.0.relu', 'layer1.1'])
def test_the_output_of_an_observed_block_is_kept(part):
    net, x, kept = fill_state_dict(MODELS.build(dict(type='ResNet', depth=18))).eval(), torch.randn(1, 3, 32, 32), []
    expected = plain(net, x)
    net.get_submodule(part).register_forward_hook(lambda layer, inputs, output: kept.append((output, output.clone())))
    with torch.no_grad():
        out = net(x)
    torch.testing.assert_close(out, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))
    for output, then in kept:
        assert torch.equal(output, then) or part == 'layer1.0.conv2'  # its own ReLU may follow in place


def test_threads_share_a_module():
    module, x = layer('Conv3d'), image('Conv3d')
    expected = plain(module, x)

    def run(_: int) -> Tensor:
        with torch.no_grad():
            return module(x)

    with ThreadPoolExecutor(4) as pool:
        outs = list(pool.map(run, range(20)))
    for out in outs:
        torch.testing.assert_close(out, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ('cfg', 'shape'),
    [
        (dict(type='ResNetTSM', depth=18, num_segments=2, pretrained=None), (2, 3, 32, 32)),
        (dict(type='X3D', gamma_w=1, gamma_b=1, gamma_d=1), (1, 3, 4, 32, 32)),
        (dict(type='MobileNetV2'), (1, 3, 32, 32)),
    ],
    ids=lambda value: value['type'] if isinstance(value, dict) else '',
)
def test_networks(cfg, shape):
    net = MODELS.build(cfg).eval()
    fill_state_dict(net)
    x = torch.randn(shape)
    with torch.no_grad():
        out = net(x)
    expected = plain(net, x)
    torch.testing.assert_close(out, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))
