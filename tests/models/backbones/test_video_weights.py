"""Checkpoints of torchvision's video ResNets and of PySlowFast, against small networks written here in their names."""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn

from mmaction.models import ResNet2Plus1d, ResNet3d, ResNet3dCSN, ResNet3dSlowFast, ResNet3dSlowOnly
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
    with pytest.raises(ValueError, match=r'do not match ResNet3d: missing keys layer3\.0\.conv1\.'):
        ResNet3d(18, pretrained=path, pretrained2d=False).init_weights()


class TorchvisionSplit(nn.Sequential):
    """Conv2Plus1D of torchvision."""

    def __init__(self, cin, cout, mid, stride=1):
        super().__init__(
            conv(cin, mid, (1, 3, 3), (1, stride, stride)),
            nn.BatchNorm3d(mid),
            nn.ReLU(),
            conv(mid, cout, (3, 1, 1), (stride, 1, 1)),
        )


class TorchvisionSplitBlock(nn.Module):
    def __init__(self, cin, cout, stride, own_middle):
        super().__init__()
        middle = 27 * cin * cout // (9 * cin + 3 * cout)
        second = 27 * cout * cout // (12 * cout) if own_middle else middle
        self.conv1 = nn.Sequential(TorchvisionSplit(cin, cout, middle, stride), nn.BatchNorm3d(cout), nn.ReLU())
        self.conv2 = nn.Sequential(TorchvisionSplit(cout, cout, second), nn.BatchNorm3d(cout))
        self.downsample = None
        if cin != cout:
            self.downsample = nn.Sequential(conv(cin, cout, (1, 1, 1), stride), nn.BatchNorm3d(cout))

    forward = TorchvisionBlock.forward


class TorchvisionSplitNet(nn.Sequential):
    """r2plus1d_18, or with ``own_middle`` the blocks of VMZ's, up to the first ``stages``."""

    def __init__(self, own_middle=False, stages=2):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv3d(3, 45, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False),
            nn.BatchNorm3d(45),
            nn.ReLU(),
            conv(45, 64, (3, 1, 1)),
            nn.BatchNorm3d(64),
            nn.ReLU(),
        )
        for stage in range(stages):
            cin, cout = 64 * 2 ** max(stage - 1, 0), 64 * 2**stage
            first = TorchvisionSplitBlock(cin, cout, 2 if stage else 1, own_middle)
            blocks = nn.Sequential(first, TorchvisionSplitBlock(cout, cout, 1, own_middle))
            self.add_module(f'layer{stage + 1}', blocks)


@pytest.mark.parametrize('layout', ['torchvision', 'vmz'])
@torch.no_grad()
def test_torchvision_r2plus1d(layout, tmp_path):
    theirs = TorchvisionSplitNet(layout == 'vmz')
    path = save(theirs, tmp_path / 'r2plus1d.pth', **{'fc.weight': torch.zeros(4, 128), 'fc.bias': torch.zeros(4)})
    keywords = dict(TWO, temporal_strides=(1, 2), with_pool1=False, pretrained=path)
    ours = ResNet2Plus1d(18, layout=layout, **keywords)
    ours.init_weights()
    x = seeded_tensor((1, 3, 8, 24, 24))
    torch.testing.assert_close(ours.eval()(x), theirs(x), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match=r'missing keys layer2\.0\.downsample\.conv\.conv_s\.weight'):
        ResNet2Plus1d(18, **keywords).init_weights()
    with pytest.raises(ValueError, match=r"layout \('caffe2'\) must be one of 'mmaction', 'torchvision', 'vmz'"):
        ResNet2Plus1d(18, layout='caffe2')


def test_r2plus1d_18_has_the_published_size():
    with torch.device('meta'):
        ours = ResNet2Plus1d(18, layout='torchvision')
        theirs = TorchvisionSplitNet(stages=4)
    sizes = [sum(p.numel() for p in net.parameters()) for net in (ours, theirs)]
    assert sizes == [31_505_325 - 400 * 513] * 2  # of torchvision's page, without the classifier


# --- VMZ -------------------------------------------------------------------------------------------------------------
class VMZBottleneck(nn.Module):
    def __init__(self, cin, planes, stride, mixed):
        super().__init__()
        cout = 4 * planes
        each = nn.Conv3d(planes, planes, 3, stride, 1, groups=planes, bias=False)
        mix = nn.Sequential(conv(planes, planes, (1, 1, 1)), nn.BatchNorm3d(planes), each)
        self.conv1 = nn.Sequential(conv(cin, planes, (1, 1, 1)), nn.BatchNorm3d(planes), nn.ReLU())
        self.conv2 = nn.Sequential(mix if mixed else each, nn.BatchNorm3d(planes), nn.ReLU())
        self.conv3 = nn.Sequential(conv(planes, cout, (1, 1, 1)), nn.BatchNorm3d(cout))
        self.downsample = None
        if cin != cout or stride != 1:
            self.downsample = nn.Sequential(conv(cin, cout, (1, 1, 1), stride), nn.BatchNorm3d(cout))

    def forward(self, x):
        out = self.conv3(self.conv2(self.conv1(x)))
        return (out + (self.downsample(x) if self.downsample else x)).relu()


@pytest.mark.parametrize('mode', ['ir', 'ip'])
@torch.no_grad()
def test_vmz_csn(mode, tmp_path):
    theirs = nn.Sequential()
    theirs.stem = nn.Sequential(
        nn.Conv3d(3, 16, (3, 7, 7), (1, 2, 2), (1, 3, 3), bias=False),
        nn.BatchNorm3d(16),
        nn.ReLU(),
        nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
    )
    theirs.layer1 = nn.Sequential(*(VMZBottleneck(64 if i else 16, 16, 1, mode == 'ip') for i in range(3)))
    theirs.layer2 = nn.Sequential(*(VMZBottleneck(128 if i else 64, 32, 1 if i else 2, mode == 'ip') for i in range(4)))
    for m in theirs.modules():
        if isinstance(m, nn.BatchNorm3d):
            m.eps = 1e-3
    path = save(theirs, tmp_path / 'csn.pth', **{'fc.weight': torch.zeros(4, 128), 'fc.bias': torch.zeros(4)})
    keywords = dict(TWO, temporal_strides=(1, 2), base_channels=16, pretrained=path, pretrained2d=False)
    ours = ResNet3dCSN(50, bottleneck_mode=mode, with_pool2=False, **keywords)
    ours.init_weights()
    x = seeded_tensor((1, 3, 4, 24, 24))
    torch.testing.assert_close(ours.eval()(x), theirs(x), rtol=1e-4, atol=1e-5)
    other = {'ir': 'ip', 'ip': 'ir'}[mode]
    message = r'missing keys layer1\.0\.conv2\.1\.' if mode == 'ir' else r'unexpected keys layer1\.0\.conv2\.1\.'
    with pytest.raises(ValueError, match=message):
        ResNet3dCSN(50, bottleneck_mode=other, **keywords).init_weights()


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
                    parts = dict(getattr(self, f's{stage}').named_children())
                    xs[p] = parts[f'pathway{p}_res{i}'](xs[p])
                    xs[p] = parts.get(f'pathway{p}_nonlocal{i}', nn.Identity())(xs[p])
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


class NonLocal(nn.Module):
    """PySlowFast's block: the output projection has a bias in front of the norm."""

    def __init__(self, cin, kind):
        super().__init__()
        self.kind, inner = kind, cin // 2
        self.conv_theta, self.conv_phi, self.conv_g = (nn.Conv3d(cin, inner, 1) for _ in range(3))
        self.conv_out, self.bn = nn.Conv3d(inner, cin, 1), nn.BatchNorm3d(cin)

    def forward(self, x):
        pooled = nn.functional.max_pool3d(x, (1, 2, 2), (1, 2, 2))
        theta, phi, g = (
            c(y).flatten(2) for c, y in ((self.conv_theta, x), (self.conv_phi, pooled), (self.conv_g, pooled))
        )
        logits = torch.einsum('nct,ncp->ntp', theta, phi)
        if self.kind == 'softmax':
            weights = (logits * theta.shape[1] ** -0.5).softmax(2)
        else:
            weights = logits / logits.shape[2]
        out = torch.einsum('ntg,ncg->nct', weights, g).unflatten(2, x.shape[2:])
        return x + self.bn(self.conv_out(out))


@pytest.mark.parametrize('kind', ['softmax', 'dot_product'])
@torch.no_grad()
def test_pyslowfast_non_local(kind, tmp_path):
    theirs = PySlowFast(8, ((1,), (1,), (3,)), pathways=1)
    theirs.s3.pathway0_nonlocal1 = NonLocal(64, kind)
    path = save(theirs, tmp_path / 'nln.pyth', **HEAD)
    mode = {'softmax': 'embedded_gaussian', 'dot_product': 'dot_product'}[kind]
    ours = ResNet3dSlowOnly(
        depth=50,
        base_channels=8,
        pretrained=path,
        pretrained2d=False,
        non_local=(0, (0, 1, 0, 0)),
        non_local_cfg=dict(pool_input=True, norm_cfg=dict(type='BN3d'), mode=mode),
        **TWO | dict(inflate=(0, 1)),
    )
    ours.init_weights()
    x = seeded_tensor((1, 3, 2, 32, 32))
    torch.testing.assert_close(ours.eval()(x), theirs(x)[0], rtol=1e-4, atol=1e-5)
    assert ours.layer2[1].non_local_block.conv_out.conv.bias is None


def hub_names(state):
    """PySlowFast's names as PyTorchVideo's hub has them, where stages are blocks from 0 on."""
    out = {}
    for name, value in state.items():
        two = 's1.pathway1_stem.conv.weight' in state
        name = re.sub(r'^s1\.pathway(\d)_stem\.', r'blocks.0.multipathway_blocks.\1.', name)
        name = re.sub(
            r'^s(\d)\.pathway(\d)_res(\d+)\.',
            lambda m: f'blocks.{int(m[1]) - 1}.multipathway_blocks.{m[2]}.res_blocks.{m[3]}.',
            name,
        )
        name = re.sub(r'^s(\d)_fuse\.', lambda m: f'blocks.{int(m[1]) - 1}.multipathway_fusion.', name)
        name = re.sub(r'branch1_bn', 'branch1_norm', re.sub(r'branch1\.', 'branch1_conv.', name))
        name = re.sub(
            r'branch2\.([abc])_bn', r'branch2.norm_\1', re.sub(r'branch2\.([abc])\.', r'branch2.conv_\1.', name)
        )
        name = name.replace('conv_f2s', 'conv_fast_to_slow').replace('.bn.', '.norm.')
        name = name.replace('head.projection', 'blocks.6.proj' if two else 'blocks.5.proj')
        out[name if two else name.replace('multipathway_blocks.0.', '')] = value
    return out


@pytest.mark.parametrize('pathways', [1, 2])
@torch.no_grad()
def test_pytorchvideo_hub(pathways, tmp_path):
    path = str(tmp_path / 'hub.pyth')
    if pathways == 2:
        theirs, ours = PySlowFast(), ours_of_two(path)
    else:
        theirs = PySlowFast(16, ((1,), (1,), (3,)), pathways=1)
        keywords = TWO | dict(inflate=(0, 1))
        ours = ResNet3dSlowOnly(depth=50, base_channels=16, pretrained=path, pretrained2d=False, **keywords)
    save(theirs, path)
    torch.save(hub_names(theirs.state_dict() | HEAD), path)
    ours.init_weights()
    x = seeded_tensor((1, 3, 8, 24, 24))
    outs = ours.eval()(x)
    for got, want in zip(outs if pathways == 2 else (outs,), theirs(x)):
        torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-5)


def test_pyslowfast_weights_that_do_not_fit_are_named(tmp_path):
    path = save(PySlowFast(), tmp_path / 'slowfast.pyth', **HEAD)
    with pytest.raises(
        ValueError, match=r'match ResNet3dSlowFast: unexpected keys slow_path\.conv1_lateral\.bn\.weight'
    ):
        ours_of_two(path, lateral_norm=False).init_weights()
    path = save(PySlowFast(), tmp_path / 'more.pyth', **HEAD, **{'s3.pathway0_res0.branch3.weight': torch.zeros(1)})
    with pytest.raises(ValueError, match=r"PySlowFast's SlowFast, but 1 of .*: s3\.pathway0_res0\.branch3\.weight"):
        ours_of_two(path).init_weights()
    with pytest.raises(ValueError, match=r'nets of one pathway, but .*s1\.pathway1_stem\.conv\.weight'):
        ResNet3dSlowOnly(depth=50, pretrained=path, pretrained2d=False).init_weights()
