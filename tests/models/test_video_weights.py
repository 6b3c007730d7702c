"""Checkpoints of torchvision's video ResNets and of PySlowFast, against small networks written here in their names."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mmaction.models import ResNet2Plus1d, ResNet3d, ResNet3dSlowFast, ResNet3dSlowOnly
from mmaction.testing import fill_state_dict, seeded_tensor

TWO = dict(num_stages=2, spatial_strides=(1, 2), temporal_strides=(1, 1), dilations=(1, 1), out_indices=(1,))


def conv(cin, cout, kernel, stride=1):
    return nn.Conv3d(cin, cout, kernel, stride, tuple(k // 2 for k in kernel), bias=False)


def save(net, path, **extra):
    """Filled, and saved as PySlowFast does, under ``model_state``."""
    fill_state_dict(net).eval()
    torch.save(dict(model_state=net.state_dict() | extra), path)
    return str(path)


# --- torchvision -----------------------------------------------------------------------------------------------------
class TorchvisionBlock(nn.Module):
    def __init__(self, cin, cout, kernel, stride):
        super().__init__()
        self.conv1 = nn.Sequential(conv(cin, cout, kernel, stride), nn.BatchNorm3d(cout), nn.ReLU())
        self.conv2 = nn.Sequential(conv(cout, cout, kernel), nn.BatchNorm3d(cout))
        self.downsample = None
        if cin != cout:
            self.downsample = nn.Sequential(conv(cin, cout, (1, 1, 1), stride), nn.BatchNorm3d(cout))

    def forward(self, x):
        return (self.conv2(self.conv1(x)) + (self.downsample(x) if self.downsample else x)).relu()


class TorchvisionNet(nn.Sequential):
    """The first stages of r3d_18 or mc3_18."""

    def __init__(self, full):
        super().__init__()
        self.stem = nn.Sequential(conv(3, 64, (3, 7, 7), (1, 2, 2)), nn.BatchNorm3d(64), nn.ReLU())
        kernel, stride = ((3, 3, 3), (2, 2, 2)) if full else ((1, 3, 3), (1, 2, 2))
        self.layer1 = nn.Sequential(*(TorchvisionBlock(64, 64, (3, 3, 3), 1) for _ in range(2)))
        self.layer2 = nn.Sequential(TorchvisionBlock(64, 128, kernel, stride), TorchvisionBlock(128, 128, kernel, 1))


@pytest.mark.parametrize('full', [True, False])
@torch.no_grad()
def test_torchvision_r3d_and_mc3(full, tmp_path):
    theirs = TorchvisionNet(full)
    path = save(theirs, tmp_path / 'net.pth', **{'fc.weight': torch.zeros(4, 128), 'fc.bias': torch.zeros(4)})
    keywords = TWO | dict(temporal_strides=(1, 2)) if full else TWO | dict(inflate=(1, 0))
    ours = ResNet3d(18, pretrained=path, pretrained2d=False, with_pool1=False, with_pool2=False, **keywords)
    ours.init_weights()
    x = seeded_tensor((1, 3, 8, 24, 24))
    torch.testing.assert_close(ours.eval()(x), theirs(x), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match=r'another ResNet3d: it has no other entry, they have no layer3\.0\.conv1\.'):
        ResNet3d(18, pretrained=path, pretrained2d=False).init_weights()


def test_torchvision_r2plus1d_is_another_network(tmp_path):
    names = ['stem.0.weight', 'stem.3.weight', 'layer1.0.conv1.0.0.weight', 'layer1.0.conv1.0.3.weight']
    torch.save({name: torch.zeros(1) for name in names}, tmp_path / 'r2plus1d_18.pth')
    net = ResNet2Plus1d(18, pretrained=str(tmp_path / 'r2plus1d_18.pth'), base_channels=8, **TWO)
    with pytest.raises(ValueError, match=r"torchvision's r3d_18 and mc3_18, but 3 of 4 .*stem\.3\.weight, layer1\.0"):
        net.init_weights()


# --- PySlowFast ------------------------------------------------------------------------------------------------------
class Branch(nn.Module):
    def __init__(self, cin, inner, cout, time, stride):
        super().__init__()
        self.a, self.a_bn = conv(cin, inner, (time, 1, 1)), nn.BatchNorm3d(inner)
        self.b, self.b_bn = conv(inner, inner, (1, 3, 3), (1, stride, stride)), nn.BatchNorm3d(inner)
        self.c, self.c_bn = conv(inner, cout, (1, 1, 1)), nn.BatchNorm3d(cout)

    def forward(self, x):
        return self.c_bn(self.c(self.b_bn(self.b(self.a_bn(self.a(x)).relu())).relu()))


class Block(nn.Module):
    def __init__(self, cin, inner, cout, time, stride):
        super().__init__()
        self.project = cin != cout
        if self.project:
            self.branch1 = conv(cin, cout, (1, 1, 1), (1, stride, stride))
            self.branch1_bn = nn.BatchNorm3d(cout)
        self.branch2 = Branch(cin, inner, cout, time, stride)

    def forward(self, x):
        return (self.branch2(x) + (self.branch1_bn(self.branch1(x)) if self.project else x)).relu()


class PySlowFast(nn.Module):
    """The stem and the first two stages (s2, s3) of a net of one or two pathways, ``width`` channels in the first."""

    def __init__(self, width=32, times=((1, 5), (1, 3), (3, 3)), pathways=2, joining=2):
        super().__init__()
        self.widths = [width, width // 8][:pathways]
        self.s1, self.s2, self.s3 = nn.Module(), nn.Module(), nn.Module()
        for p, w in enumerate(self.widths):
            stem = nn.Module()
            stem.conv, stem.bn = conv(3, w, (times[0][p], 7, 7), (1, 2, 2)), nn.BatchNorm3d(w)
            self.s1.add_module(f'pathway{p}_stem', stem)
            more = joining if p == 0 and pathways == 2 else 0
            for stage, blocks, cin, inner, stride in ((2, 3, w, w, 1), (3, 4, 4 * w, 2 * w, 2)):
                cin = cin + more * cin // 8
                for i in range(blocks):
                    time = times[stage - 1][p]
                    block = Block(4 * inner if i else cin, inner, 4 * inner, time, stride if i == 0 else 1)
                    getattr(self, f's{stage}').add_module(f'pathway{p}_res{i}', block)
        if pathways == 2:
            for stage, w in ((1, width // 8), (2, 4 * width // 8)):
                fuse = nn.Module()
                fuse.conv_f2s = nn.Conv3d(w, joining * w, (7, 1, 1), (4, 1, 1), (3, 0, 0), bias=False)
                fuse.bn = nn.BatchNorm3d(joining * w)
                self.add_module(f's{stage}_fuse', fuse)

    def forward(self, x):
        xs = [x[:, :, ::4], x] if len(self.widths) == 2 else [x]
        for p, part in enumerate(xs):
            stem = getattr(self.s1, f'pathway{p}_stem')
            xs[p] = nn.functional.max_pool3d(stem.bn(stem.conv(part)).relu(), (1, 3, 3), (1, 2, 2), (0, 1, 1))
        for stage, blocks in ((2, 3), (3, 4)):
            if len(xs) == 2:
                fuse = getattr(self, f's{stage - 1}_fuse')
                xs[0] = torch.cat([xs[0], fuse.bn(fuse.conv_f2s(xs[1])).relu()], 1)
            for p in range(len(xs)):
                for i in range(blocks):
                    xs[p] = getattr(getattr(self, f's{stage}'), f'pathway{p}_res{i}')(xs[p])
        return xs


HEAD = {'head.projection.weight': torch.zeros(4, 9), 'head.projection.bias': torch.zeros(4)}


def ours_of_two(path, **slow):
    pathway = dict(type='resnet3d', depth=50, **TWO)
    return ResNet3dSlowFast(
        pretrained=path,
        resample_rate=4,
        speed_ratio=4,
        slow_pathway=dict(
            pathway,
            base_channels=32,
            lateral=True,
            lateral_norm=True,
            fusion_kernel=7,
            conv1_kernel=(1, 7, 7),
            inflate=(0, 1),
        )
        | slow,
        fast_pathway=dict(pathway, base_channels=4, conv1_kernel=(5, 7, 7)),
    )


@torch.no_grad()
def test_pyslowfast_two_pathways(tmp_path):
    theirs = PySlowFast()
    path = save(theirs, tmp_path / 'slowfast.pyth', **HEAD)
    ours = ours_of_two(path)
    ours.init_weights()
    x = seeded_tensor((1, 3, 8, 24, 24))
    for got, want in zip(ours.eval()(x), theirs(x)):
        torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_pyslowfast_one_pathway(tmp_path):
    theirs = PySlowFast(16, ((1,), (1,), (3,)), pathways=1)
    path = save(theirs, tmp_path / 'slow.pyth', **HEAD)
    ours = ResNet3dSlowOnly(
        depth=50, base_channels=16, pretrained=path, pretrained2d=False, **TWO | dict(inflate=(0, 1))
    )
    ours.init_weights()
    x = seeded_tensor((1, 3, 4, 24, 24))
    torch.testing.assert_close(ours.eval()(x), theirs(x)[0], rtol=1e-4, atol=1e-5)


def test_pyslowfast_weights_that_do_not_fit_are_named(tmp_path):
    path = save(PySlowFast(), tmp_path / 'slowfast.pyth', **HEAD)
    with pytest.raises(ValueError, match=r'another ResNet3dSlowFast: it has no slow_path\.conv1_lateral\.bn\.bias'):
        ours_of_two(path, lateral_norm=False).init_weights()
    extra = {'s3.pathway0_nonlocal1.conv_theta.weight': torch.zeros(1)}
    path = save(PySlowFast(), tmp_path / 'nonlocal.pyth', **HEAD, **extra)
    with pytest.raises(ValueError, match=r"PySlowFast's SlowFast, but 1 of .*: s3\.pathway0_nonlocal1\.conv_theta"):
        ours_of_two(path).init_weights()
    with pytest.raises(ValueError, match=r'nets of one pathway, but .*s1\.pathway1_stem\.conv\.weight'):
        ResNet3dSlowOnly(depth=50, pretrained=path, pretrained2d=False).init_weights()
