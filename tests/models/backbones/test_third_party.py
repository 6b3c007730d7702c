"""Backbones of other packages: key names and outputs of the record, sizes, weights, and the adapter."""

from __future__ import annotations

import copy
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from golden_files import GoldenFile
from mmengine.model import Sequential
from torch import Tensor, nn

from mmaction.models.backbones import ResNet as OwnResNet
from mmaction.models.backbones.mobile.mobileone_tsm import MobileOneTSM
from mmaction.models.backbones.third_party import DenseNet, SqueezeNet, SwinTransformer, build_third_party
from mmaction.models.backbones.third_party._adapter import timm_extractor, torchvision_extractor
from mmaction.models.backbones.third_party._features import FeatureMapHook, to_feature_map
from mmaction.testing import fill_state_dict, seeded_tensor

GOLDENS = GoldenFile('third_party_backbones')
SWIN = 'swin_tiny_patch4_window7_224'
RAN = [name for name in GOLDENS.names('upstream', output=True) if name != 'tsm-mobileone-s4_8xb16-1x1x16-50e']


def build(cfg: dict) -> nn.Module:
    if cfg['type'] == 'MobileOneTSM':
        return MobileOneTSM(**{k: v for k, v in cfg.items() if k != 'type'})
    return build_third_party(cfg)


def size_of(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


def filled(net: nn.Module) -> nn.Module:
    """Deterministic weights, as inside a recognizer: the values depend on the full key."""
    holder = nn.Module()
    holder.backbone = net
    fill_state_dict(holder).eval()
    return net


@pytest.mark.parametrize('name', GOLDENS.names('upstream'))
def test_recorded_keys(name: str) -> None:
    setup = GOLDENS.setup(name)
    with torch.device('meta'):
        net = build(setup['backbone'])
    assert (len(net.state_dict()), size_of(net)) == (setup['entries'], setup['parameters'])
    GOLDENS.check_keys(name, net)


# the training form of MobileOne-s4 is left out: under these weights it magnifies a rounding error a million times
@pytest.mark.parametrize('name', RAN)
def test_recorded_outputs(name: str) -> None:
    setup = GOLDENS.setup(name)
    net = filled(build(setup['backbone']))
    with torch.inference_mode():
        y = net(seeded_tensor(setup['shape'], setup['seed']).flatten(0, 1))
    GOLDENS.check(name, y, rtol=0, atol=5e-5)


PUBLISHED = {  # parameters of the whole classifier of 1000 classes, as the packages print them
    'torchvision.densenet121': 7_978_856,
    'torchvision.densenet161': 28_681_000,
    'torchvision.densenet169': 14_149_480,
    'torchvision.densenet201': 20_013_928,
    'torchvision.resnet18': 11_689_512,
    'torchvision.resnet34': 21_797_672,
    'torchvision.resnet50': 25_557_032,
    'torchvision.resnet101': 44_549_160,
    'torchvision.resnet152': 60_192_808,
    'torchvision.resnext50_32x4d': 25_028_904,
    'torchvision.resnext101_32x8d': 88_791_336,
    'torchvision.resnext101_64x4d': 83_455_272,
    'torchvision.wide_resnet50_2': 68_883_240,
    'torchvision.wide_resnet101_2': 126_886_696,
    'torchvision.squeezenet1_0': 1_248_424,
    'torchvision.squeezenet1_1': 1_235_496,
    'timm.swin_tiny_patch4_window7_224': 28_288_354,
    'timm.swin_small_patch4_window7_224': 49_606_258,
    'timm.swin_base_patch4_window7_224': 87_768_224,
    'timm.swin_large_patch4_window7_224': 196_532_476,
}


def test_published_sizes() -> None:
    for name, total in PUBLISHED.items():
        with torch.device('meta'):
            net = build_third_party(dict(type=name))
        assert size_of(net) + 1000 * net.out_channels + 1000 == total, name
    with torch.device('meta'):
        net = build_third_party(dict(type='mmcls.ResNeXt', depth=101, groups=32, width_per_group=4, style='pytorch'))
    assert size_of(net) == 42_128_704  # 44,177,704 less the classifier


def as_image_net(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename MMAction2's ResNet to torchvision's names."""
    renamed = {}
    for key, value in state.items():
        key = re.sub(r'conv(\d)\.conv\.', r'conv\1.', key)
        key = re.sub(r'conv(\d)\.bn\.', r'bn\1.', key)
        renamed[key.replace('downsample.conv', 'downsample.0').replace('downsample.bn', 'downsample.1')] = value
    return renamed


@pytest.mark.parametrize(('depth', 'style'), [(18, 'pytorch'), (50, 'pytorch'), (50, 'caffe')])
def test_resnet_equals_the_nested_one(depth: int, style: str) -> None:
    nested = fill_state_dict(OwnResNet(depth=depth, style=style)).eval()
    plain = build_third_party(dict(type='mmpretrain.ResNet', depth=depth, style=style, out_indices=(1, 3))).eval()
    plain.load_state_dict(as_image_net(nested.state_dict()))
    x = seeded_tensor((2, 3, 64, 64))
    with torch.inference_mode():
        middle, y = plain(x)
        want = nested(x)
    assert middle.shape[1:] == ((128, 8, 8) if depth == 18 else (512, 8, 8))
    torch.testing.assert_close(y, want, rtol=1e-5, atol=1e-5 * want.std().item())
    if style == 'pytorch':
        pooled = build_third_party(dict(type=f'torchvision.resnet{depth}')).eval()
        pooled.load_state_dict(plain.state_dict())
        with torch.inference_mode():
            torch.testing.assert_close(pooled(x), y.mean((2, 3), keepdim=True))


def test_resnet_options() -> None:
    net = build_third_party(dict(type='mmpretrain.ResNet', depth=18, frozen_stages=1, norm_eval=True, with_cp=True))
    net.init_weights()
    assert not net.layer2[0].bn2.weight.any()  # each residual branch starts at zero
    net.train()
    x = seeded_tensor((2, 3, 32, 32))
    before = net.layer4[1].bn2.running_mean.clone()
    net(x).sum().backward()
    assert torch.equal(net.layer4[1].bn2.running_mean, before)
    trained = {name.split('.')[0] for name, p in net.named_parameters() if p.requires_grad}
    assert trained == {'layer2', 'layer3', 'layer4'}
    assert net.layer1[0].conv1.weight.grad is None
    assert net.layer2[0].conv1.weight.grad is not None
    with pytest.raises(ValueError, match=r'depth \(20\) must be one of 18, 34'):
        build_third_party(dict(type='mmcls.ResNet', depth=20))
    with pytest.raises(ValueError, match=r'out_indices \(3,\) must name stages in 0..1'):
        build_third_party(dict(type='mmcls.ResNet', depth=18, num_stages=2))


def test_densenet_checkpointing_changes_nothing() -> None:
    net = filled(DenseNet('densenet121')).train()
    x = seeded_tensor((2, 3, 32, 32))
    gradients = []
    for with_cp in (False, True):
        for module in net.modules():
            if hasattr(module, 'with_cp'):
                module.with_cp = with_cp
        net.zero_grad()
        net(x.clone().requires_grad_()).square().sum().backward()
        gradients.append(net.features.denseblock1.denselayer3.conv1.weight.grad.clone())
    torch.testing.assert_close(*gradients)


def test_swin_reads_both_layouts(tmp_path: Path) -> None:
    """A stage of the authors' files, and of timm before 0.9, ends with the merging of patches."""
    arch = SWIN
    state = filled(SwinTransformer(arch)).state_dict()
    old = {
        re.sub(r'layers\.(\d)\.downsample', lambda m: f'layers.{int(m[1]) - 1}.downsample', key): value
        for key, value in state.items()
    }
    old['layers.0.blocks.1.attn_mask'] = torch.zeros(64, 49, 49)
    old['layers.0.blocks.1.attn.relative_position_index'] = torch.zeros(49, 49, dtype=torch.long)
    old['head.weight'], old['head.bias'] = torch.zeros(1000, 768), torch.zeros(1000)
    assert 'layers.3.downsample.norm.weight' not in old
    torch.save({'model': old}, tmp_path / 'swin.pth')
    net = SwinTransformer(arch, pretrained=str(tmp_path / 'swin.pth'))
    net.init_weights()
    for key, value in net.state_dict().items():
        assert torch.equal(value, state[key]), key
    del old['head.weight'], old['head.bias']
    holder = nn.ModuleDict({'backbone': net})
    holder.load_state_dict({f'backbone.{key}': value for key, value in old.items()})  # a trained recognizer's file


def test_swin_pads_other_sizes() -> None:
    net = filled(SwinTransformer(SWIN, feature_shape='NHWC'))
    with torch.inference_mode():
        assert net.forward_features(torch.zeros(1, 3, 100, 70)).shape == (1, 768, 4, 3)
    with pytest.raises(ValueError, match=r"feature_shape \('NCHW'\)"):
        SwinTransformer(SWIN, feature_shape='NCHW')


@pytest.mark.parametrize(
    ('arch', 'side', 'out', 'probe'),
    [
        ('squeezenet1_0', 63, 3, [0.00193702, 0.0208245, 0.119145, 0.0, 0.0421012, 0.0, 0.0261953, 0.0406247]),
        ('squeezenet1_1', 64, 3, [0.0214578, 0.0417587, 0.05251, 0.0, 0.0349991, 0.0, 0.027593, 0.041204]),
    ],
)
def test_squeezenet_golden(arch: str, side: int, out: int, probe: list[float]) -> None:
    net = filled(build_third_party(dict(type=f'torchvision.{arch}', pretrained=False)))
    with torch.inference_mode():
        y = net(seeded_tensor((2, 3, side, side)))
    assert y.shape == (2, 512, out, out)
    got = [*y.flatten()[torch.linspace(0, y.numel() - 1, 6).long()].tolist(), y.mean().item(), y.std().item()]
    np.testing.assert_allclose(got, probe, rtol=1e-4, atol=1e-6)


def test_weights_from_a_file(tmp_path: Path) -> None:
    source = filled(SqueezeNet('squeezenet1_1'))
    state = source.state_dict()
    classifier = {'classifier.1.weight': torch.zeros(1000, 512, 1, 1), 'classifier.1.bias': torch.zeros(1000)}
    path = str(tmp_path / 'full.pth')
    torch.save({**state, **classifier}, path)
    torch.save({'state_dict': {f'backbone.{k}': v for k, v in state.items()}}, tmp_path / 'recognizer.pth')
    recognizer = str(tmp_path / 'recognizer.pth')
    for options in (
        dict(pretrained=path),
        dict(init_cfg=dict(type='Pretrained', checkpoint=path)),
        dict(init_cfg=dict(type='Pretrained', checkpoint=recognizer, prefix='backbone.')),
        dict(pretrained=recognizer),
    ):
        net = build_third_party(dict(type='torchvision.squeezenet1_1', **options))
        assert not torch.equal(net.features[0].weight, source.features[0].weight)
        net.init_weights()
        assert all(torch.equal(value, state[key]) for key, value in net.state_dict().items())

    with pytest.raises(ValueError, match=r"No key of .*full\.pth starts with 'neck\.'"):
        SqueezeNet('squeezenet1_1', init_cfg=dict(type='Pretrained', checkpoint=path, prefix='neck')).init_weights()
    torch.save({k: v for k, v in state.items() if k != 'features.0.bias'}, path)
    with pytest.raises(ValueError, match=r'full\.pth do not match SqueezeNet: missing keys features\.0\.bias'):
        SqueezeNet('squeezenet1_1', path).init_weights()
    with pytest.raises(ValueError, match='are both given; keep one'):
        SqueezeNet('squeezenet1_1', path, init_cfg=dict(type='Kaiming', layer='Conv2d'))


def test_published_names_of_densenet(tmp_path: Path) -> None:
    """torchvision's files say norm.1 and conv.2 and lack num_batches_tracked."""
    source = filled(DenseNet('densenet121'))
    old = {
        re.sub(r'(denselayer\d+\.(?:norm|conv))([12])', r'\1.\2', key): value
        for key, value in source.state_dict().items()
        if not key.endswith('num_batches_tracked')
    }
    assert 'features.denseblock1.denselayer1.norm.1.weight' in old
    torch.save(old, tmp_path / 'densenet.pth')
    net = DenseNet('densenet121', str(tmp_path / 'densenet.pth'))
    net.init_weights()
    assert all(torch.equal(value, source.state_dict()[key]) for key, value in net.state_dict().items())


def test_where_published_weights_come_from() -> None:
    def source(**cfg: object) -> str:
        with torch.device('meta'):
            return build_third_party(cfg).pretrained

    assert source(type='torchvision.densenet161', pretrained=True) == 'torchvision://densenet161'
    assert source(type='torchvision.resnet50', weights='IMAGENET1K_V1') == 'torchvision://resnet50.imagenet1k_v1'
    assert source(type='torchvision.resnet50', weights='DEFAULT') == 'torchvision://resnet50.imagenet1k_v2'
    swin = source(type='timm.swin_base_patch4_window7_224', pretrained=True)
    assert swin.endswith('v1.0.0/swin_base_patch4_window7_224_22kto1k.pth')
    with pytest.raises(ValueError, match=r"weights \('V3'\) of torchvision\.resnet50 must be DEFAULT or IMAGENET1K_V1"):
        build_third_party(dict(type='torchvision.resnet50', weights='V3'))


def test_what_is_not_third_party() -> None:
    assert build_third_party(dict(type='ResNet', depth=50)) is None
    assert build_third_party(dict(type=DenseNet)) is None
    assert build_third_party(dict(type='mmdet.ResNet')) is None
    cfg = dict(type='torchvision.squeezenet1_1')
    build_third_party(cfg)
    assert cfg == dict(type='torchvision.squeezenet1_1')
    with pytest.raises(TypeError, match='drop_ratio'):
        build_third_party(dict(type='torchvision.densenet121', drop_ratio=0.5))


@pytest.mark.parametrize(
    ('name', 'package', 'command'),
    [
        ('torchvision.regnet_y_400mf', 'torchvision', 'pip install torchvision'),
        ('timm.convnext_tiny', 'timm', 'pip install timm'),
        ('mmpretrain.MobileNetV3', 'mmpretrain', 'pip install mmpretrain'),
        ('mmcls.MobileNetV3', 'mmcls', 'pip install mmpretrain'),
    ],
)
def test_missing_package_is_named(name: str, package: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed, wherever the test runs
    model = name.split('.')[1]
    with pytest.raises(ImportError, match=f'{package} is needed here.*{command} .*{model} is not among them'):
        build_third_party(dict(type=name))


def test_feature_layouts() -> None:
    x = seeded_tensor((2, 3, 4, 5))  # (N, C, h, w)
    nhwc, nlc = x.permute(0, 2, 3, 1), x.flatten(2).transpose(1, 2)
    assert torch.equal(to_feature_map(x), x)
    assert torch.equal(to_feature_map(nhwc, 'NHWC'), x)
    assert torch.equal(to_feature_map(nlc), x.reshape(2, 3, 20, 1))
    assert torch.equal(to_feature_map(nlc, 'NHWC'), to_feature_map(nlc))  # timm before 0.9 under a config of today's
    assert torch.equal(to_feature_map(x[:, :, 0, 0]), x[:, :, :1, :1])
    pooled = x.mean((2, 3), keepdim=True)
    for output, layout in ((x, None), (nhwc, 'NHWC'), (nlc, None), ((x,), None)):
        torch.testing.assert_close(FeatureMapHook(layout, pool=True)(None, None, output), pooled)
    several = FeatureMapHook()(None, None, (x, x))
    assert isinstance(several, tuple)
    assert len(several) == 2
    with pytest.raises(ValueError, match=r'shape \(2, 3, 4, 5, 1\) is not a feature map'):
        to_feature_map(x[..., None])
    with pytest.raises(ValueError, match=r"feature_shape \('HWC'\) must be one of NCHW, NHWC, NLC, NC"):
        FeatureMapHook('HWC')


class Classifier(nn.Module):
    """What the packages' models look like from outside."""

    def __init__(self, nhwc: bool = False) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
        self.classifier = nn.Linear(8, 10)
        self.nhwc = nhwc

    def forward_features(self, x: Tensor) -> Tensor:
        x = self.features(x)
        return x.permute(0, 2, 3, 1) if self.nhwc else x

    def init_weights(self, mode: str = '') -> None:
        nn.init.zeros_(self.features[0].weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.forward_features(x).relu().mean((2, 3)))


def test_extractors_keep_keys_and_pool() -> None:
    x = seeded_tensor((2, 3, 9, 9))
    for nhwc in (False, True):
        net = fill_state_dict(Classifier(nhwc)).eval()
        want = net.features(x).mean((2, 3), keepdim=True)
        keys = [key for key in net.state_dict() if key.startswith('features')]
        if nhwc:
            net.output_fmt, net.classifier = 'NHWC', nn.Identity()
            net = timm_extractor(net)
        else:
            net = torchvision_extractor(net)
        assert list(net.state_dict()) == keys
        Sequential(net).init_weights()
        torch.testing.assert_close(net(x), want)
        twin = copy.deepcopy(net)
        net.features[0].weight.data.zero_()
        torch.testing.assert_close(twin(x), want)


@pytest.mark.parametrize('name', ['torchvision.resnext50_32x4d', 'torchvision.squeezenet1_1', 'timm.' + SWIN])
def test_native_equals_the_package(name: str) -> None:
    package, model = name.split('.')
    library = pytest.importorskip(package, exc_type=Exception)  # torchvision for another torch raises RuntimeError
    if package == 'timm':
        theirs = timm_extractor(library.create_model(model, num_classes=0))
    else:
        theirs = torchvision_extractor(getattr(library.models, model)())
    ours = build_third_party(dict(type=name))
    ours.load_state_dict(fill_state_dict(theirs).state_dict())
    x = seeded_tensor((1, 3, 224, 224))
    with torch.inference_mode():
        want = theirs.eval()(x)
        torch.testing.assert_close(ours.eval()(x).mean((2, 3), keepdim=True), want, rtol=1e-4, atol=1e-5)
