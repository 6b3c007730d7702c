"""Hooks of MMAction2 1.x with which a subclass changes how weights of an image network are loaded."""

from __future__ import annotations

import pytest
import torch
from mmengine.logging import MMLogger

from mmaction.models import MobileNetV2TSM, ResNet, ResNet3d, ResNetTSM, SwinTransformer3D
from mmaction.models.backbones.resnet.by_layer import torchvision_names
from mmaction.testing import fill_state_dict

STAGES = dict(num_stages=2, out_indices=(1,))
FLAT = dict(**STAGES, strides=(1, 2), dilations=(1, 1))
CLIPS = dict(**STAGES, spatial_strides=(1, 2), temporal_strides=(1, 1), dilations=(1, 1))


@pytest.fixture(scope='module')
def image_weights(tmp_path_factory) -> str:
    """A checkpoint of two stages of ResNet-18 with torchvision's names."""
    state = {}
    for name, value in fill_state_dict(ResNet(18, **FLAT)).state_dict().items():
        *path, kind, entry = name.split('.')
        conv, norm = torchvision_names('.'.join(path))
        state[f'{conv if kind == "conv" else norm}.{entry}'] = value
    assert 'layer2.0.downsample.0.weight' in state and 'layer1.1.bn2.running_var' in state
    file = tmp_path_factory.mktemp('weights') / 'r18.pth'
    torch.save(dict(state, **{'fc.weight': torch.zeros(3, 512)}), file)
    return str(file)


def loaded(cls, source: str, **kwargs) -> dict[str, torch.Tensor]:
    net = cls(18, pretrained=source, **kwargs)
    net.init_weights()
    return net.state_dict()


def assert_equal(ours: dict, theirs: dict) -> None:
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        torch.testing.assert_close(theirs[name], value, msg=lambda text, name=name: f'{name}: {text}')


def test_layers_of_a_3d_network_are_inflated_one_by_one(image_weights):
    calls = []

    class Net(ResNet3d):
        @staticmethod
        def _inflate_conv_params(conv3d, state_dict_2d, module_name_2d, inflated_param_names):
            calls.append(module_name_2d)
            ResNet3d._inflate_conv_params(conv3d, state_dict_2d, module_name_2d, inflated_param_names)
            assert inflated_param_names[-1] == f'{module_name_2d}.weight'

        def _inflate_bn_params(self, bn3d, state_dict_2d, module_name_2d, inflated_param_names):
            super()._inflate_bn_params(bn3d, state_dict_2d, module_name_2d, inflated_param_names)
            bn3d.bias.data.add_(1)

    stock = loaded(ResNet3d, image_weights, **CLIPS)
    mine = loaded(Net, image_weights, **CLIPS)
    assert calls[:2] == ['conv1', 'layer1.0.conv1'] and 'layer2.0.downsample.0' in calls and len(calls) == 10
    assert stock['conv1.conv.weight'].shape == (64, 3, 3, 7, 7)
    assert_equal({k: v + 1 if k.endswith('bn.bias') else v for k, v in stock.items()}, mine)


def test_the_stock_networks_load_all_layers_at_once(image_weights, monkeypatch):
    def fail(*args):
        raise AssertionError('a hook of one layer ran')

    for cls, hook in ((ResNet3d, '_inflate_conv_params'), (ResNet, '_load_conv_params')):
        monkeypatch.setattr(cls.__mro__[1] if hook not in vars(cls) else cls, hook, staticmethod(fail))
    assert loaded(ResNet, image_weights, **FLAT)['layer1.0.conv1.conv.weight'].abs().sum() > 0
    assert loaded(ResNet3d, image_weights, **CLIPS)['layer1.0.conv1.conv.weight'].abs().sum() > 0


def test_layers_of_a_2d_network_are_loaded_one_by_one(image_weights):
    class Net(ResNet):
        @staticmethod
        def _load_conv_params(conv, state_dict_tv, module_name_tv, loaded_param_names):
            ResNet._load_conv_params(conv, state_dict_tv, module_name_tv, loaded_param_names)
            if module_name_tv == 'conv1':
                conv.weight.data.mul_(2)

    stock = loaded(ResNet, image_weights, **FLAT)
    stock['conv1.conv.weight'] = stock['conv1.conv.weight'] * 2
    assert_equal(stock, loaded(Net, image_weights, **FLAT))


def test_layers_that_do_not_fit_keep_their_initial_weights_and_are_logged(image_weights, caplog):
    class Net(ResNet3d):
        def _inflate_bn_params(self, *args):
            super()._inflate_bn_params(*args)

    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        loaded(Net, image_weights, in_channels=17, **CLIPS)
    finally:
        logger.removeHandler(caplog.handler)
    text = '\n'.join(record.getMessage() for record in caplog.records)
    assert 'conv1.weight is (64, 3, 7, 7) in the weights and (64, 17, 3, 7, 7) in the network' in text
    assert 'These weights are left over: conv1.weight, fc.weight.' in text


@pytest.mark.parametrize(
    ('base', 'hook', 'kwargs'),
    [
        (ResNet3d, 'inflate_weights', dict(depth=18, **CLIPS)),
        (ResNet, '_load_torchvision_checkpoint', dict(depth=18, **FLAT)),
        (ResNetTSM, 'load_original_weights', dict(depth=18, **FLAT)),
        (MobileNetV2TSM, 'load_original_weights', dict(widen_factor=0.25)),
        (
            SwinTransformer3D,
            'inflate_weights',
            dict(arch=dict(embed_dims=4, depths=[1], num_heads=[1]), out_indices=(0,)),
        ),
    ],
)
def test_overrides_get_the_logger(base, hook, kwargs):
    seen = []
    cls = type('Net', (base,), {hook: lambda self, logger: seen.append((self.pretrained, logger))})
    cls(pretrained='weights.pth', **kwargs).init_weights()
    assert seen == [('weights.pth', MMLogger.get_current_instance())]


def test_the_whole_inflation_is_replaced_as_a_static_method(image_weights):
    class Net(ResNet3d):
        @staticmethod
        def _inflate_weights(self, logger):
            ResNet3d._inflate_weights(self, logger)
            self.conv1.conv.weight.data.zero_()

    assert not loaded(Net, image_weights, **CLIPS)['conv1.conv.weight'].any()


def test_super_of_a_hook_loads_as_the_stock_class_does(image_weights):
    class Net(ResNet):
        def _load_torchvision_checkpoint(self, logger=None):
            super()._load_torchvision_checkpoint(logger)

    class Shifted(ResNetTSM):
        def load_original_weights(self, logger):
            super().load_original_weights(logger)

    assert_equal(loaded(ResNet, image_weights, **FLAT), loaded(Net, image_weights, **FLAT))
    assert_equal(loaded(ResNetTSM, image_weights, **FLAT), loaded(Shifted, image_weights, **FLAT))


def test_names_of_torchvision():
    assert torchvision_names('layer1.0.conv2') == ('layer1.0.conv2', 'layer1.0.bn2')
    assert torchvision_names('layer2.0.downsample') == ('layer2.0.downsample.0', 'layer2.0.downsample.1')
