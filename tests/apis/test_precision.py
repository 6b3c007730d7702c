"""Models of init_recognizer: fused layers and lower precision give the scores of plain layers in float32."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from mmengine.config import Config
from torch import Tensor, nn

from mmaction.apis import init_recognizer
from mmaction.models.common.packed_conv import conv_norm_act, layer_by_layer
from mmaction.testing import fill_state_dict

CLASSES = 5
NORMALIZE = dict(type='ActionDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
IMAGES = {
    'TSN': dict(type='ResNet', depth=50, num_stages=2, out_indices=(1,), strides=(1, 2), dilations=(1, 1)),
    'TSM': dict(type='ResNetTSM', depth=18, num_segments=4),
    'TSM of MobileNetV2': dict(type='MobileNetV2TSM', num_segments=4),
    'TANet': dict(type='TANet', depth=50, num_segments=4, num_stages=1, out_indices=(0,), strides=(1,), dilations=(1,)),
}
_SMALL = dict(depth=50, base_channels=8, pretrained=None)
_SWIN = dict(embed_dims=24, depths=[2, 2], num_heads=[1, 2])
CLIPS = {
    'SlowOnly': dict(type='ResNet3dSlowOnly', **_SMALL),
    'CSN': dict(type='ResNet3dCSN', **_SMALL),
    'R(2+1)D': dict(type='ResNet2Plus1d', depth=18, base_channels=8, pretrained=None),
    'X3D': dict(type='X3D', gamma_w=1, gamma_b=1, gamma_d=1),
    'Swin': dict(type='SwinTransformer3D', arch=_SWIN, out_indices=(1,), window_size=(2, 7, 7)),
    'ViT': dict(type='VisionTransformer', img_size=64, embed_dims=24, depth=2, num_heads=2, num_frames=4),
}
CHANNELS = {
    'TSN': 512,
    'TSM': 512,
    'TSM of MobileNetV2': 1280,
    'TANet': 256,
    'SlowOnly': 256,
    'CSN': 256,
    'R(2+1)D': 64,
    'X3D': 24 * 8,
    'Swin': 48,
    'ViT': 24,
}


def model(name: str, **options) -> nn.Module:
    is_clip = name in CLIPS
    head = dict(type='TSNHead', num_classes=CLASSES, in_channels=CHANNELS[name], average_clips='prob')
    if is_clip:
        head['type'] = 'TimeSformerHead' if name == 'ViT' else 'I3DHead'
    recognizer = dict(
        type='Recognizer3D' if is_clip else 'Recognizer2D',
        backbone=CLIPS.get(name) or IMAGES[name],
        cls_head=head,
        data_preprocessor=dict(NORMALIZE, format_shape='NCTHW' if is_clip else 'NCHW'),
    )
    built = init_recognizer(Config(dict(model=recognizer)), device='cpu', **options)
    return fill_state_dict(built).eval()


def predict(net: nn.Module, name: str, views: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    shape = (views, 3, 4, 64, 64) if name in CLIPS else (4 * views, 3, 64, 64)
    batch = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    with torch.no_grad():
        (sample,) = net.test_step(dict(inputs=[batch], data_samples=None))
    return sample.pred_score


@pytest.mark.parametrize('name', [*IMAGES, *CLIPS])
def test_fused_layers_give_the_scores_of_single_layers(name):
    net = model(name)
    for views in (1, 2):
        with layer_by_layer():
            expected = predict(net, name, views)
        scores = predict(net, name, views)
        assert scores.shape == (CLASSES,)
        assert float((scores - expected).abs().max()) < 1e-4
    copied = pickle.loads(pickle.dumps(copy.deepcopy(net)))
    assert torch.equal(predict(copied, name, 2), scores)


@pytest.mark.parametrize('name', ['Swin', 'SlowOnly'])
def test_after_training_and_with_hooks(name):
    net = model(name)
    before = predict(net, name)
    net.train().eval()
    torch.testing.assert_close(predict(net, name), before)
    seen = []
    for module in net.modules():
        module.register_forward_hook(lambda module, inputs, output: seen.append(module))
    torch.testing.assert_close(predict(net, name), before, rtol=0, atol=1e-4)
    assert set(seen) >= {module for module in net.backbone.modules() if isinstance(module, nn.Linear | nn.Conv3d)}
    with torch.no_grad():
        for parameter in net.backbone.parameters():
            parameter.mul_(1.1)
    assert not torch.allclose(predict(net, name), before)


@pytest.mark.parametrize('name', ['TSN', 'SlowOnly', 'Swin'])
def test_bf16(name):
    net = model(name, dtype='bf16')
    assert {parameter.dtype for parameter in net.parameters()} == {torch.bfloat16}
    scores = predict(net, name)
    assert scores.dtype == torch.float32
    assert float((scores - predict(model(name), name)).abs().max()) < 1e-2


def test_inputs_without_a_mean_get_the_precision_of_the_model():
    config = dict(type='Recognizer2D', backbone=IMAGES['TSM'], cls_head=None, data_preprocessor=None)
    net = init_recognizer(Config(dict(model=config)), device='cpu', dtype='bf16')
    data = net.data_preprocessor(dict(inputs=[torch.zeros(4, 3, 8, 8, dtype=torch.uint8)], data_samples=None))
    assert data['inputs'].dtype == torch.bfloat16
    assert '_precision' not in ' '.join(net.state_dict())


def test_compiled_network():
    net = model('TSN', compile=True)
    assert net.backbone._compiled_call_impl is not None
    assert not any('_orig_mod' in key for key in net.state_dict())


def test_compilation_goes_through_fused_layers():
    """In one graph, that is: with a break at each convolution, every one is compiled on its own."""
    conv, norm = nn.Conv3d(2, 3, 1), nn.BatchNorm3d(3).eval()
    act = nn.ReLU()
    compiled = torch.compile(lambda x: conv_norm_act(conv, norm, act, x), backend='eager', fullgraph=True)
    x = torch.randn(1, 2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(compiled(x), conv_norm_act(conv, norm, act, x))


def test_precisions_that_there_are_not():
    with pytest.raises(ValueError, match=r"dtype \('fp16'\) needs a GPU; a CPU computes in 'fp32' or 'bf16'"):
        model('TSM', dtype='fp16')
    with pytest.raises(ValueError, match=r"dtype.*'int4'"):
        model('TSM', dtype='int4')
