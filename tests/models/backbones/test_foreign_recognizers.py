"""Whole classifiers of other codebases through ``init_recognizer``, ``load_from`` and ``mmaction test``."""

from __future__ import annotations

import logging
import re

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner, load_checkpoint
from test_video_weights import PySlowFast, TorchvisionSplitNet, conv
from torch import nn

from mmaction.apis import init_recognizer
from mmaction.models import TimeSformer, VisionTransformer
from mmaction.registry import MODELS
from mmaction.testing import fill_state_dict, seeded_tensor

TWO = dict(num_stages=2, spatial_strides=(1, 2), temporal_strides=(1, 1), dilations=(1, 1), out_indices=(1,))
PATHWAY = dict(type='resnet3d', depth=50, **TWO)
SLOWFAST = dict(
    type='ResNet3dSlowFast',
    resample_rate=4,
    speed_ratio=4,
    slow_pathway=dict(
        PATHWAY,
        base_channels=32,
        lateral=True,
        lateral_norm=True,
        fusion_kernel=7,
        conv1_kernel=(1, 7, 7),
        inflate=(0, 1),
    ),
    fast_pathway=dict(PATHWAY, base_channels=4, conv1_kernel=(5, 7, 7)),
)


def config(backbone, head):
    head = dict(dict(num_classes=5, dropout_ratio=0, average_clips='score'), **head)
    model = dict(type='Recognizer3D', backbone=backbone, cls_head=head, data_preprocessor=None)
    return Config(dict(default_scope='mmaction', model=model))


def saved(net, path, key='model_state'):
    fill_state_dict(net).eval()
    torch.save({key: net.state_dict(), 'epoch': 3, 'cfg': 'NUM_GPUS: 8'}, path)
    return str(path)


def scores(model, clip):
    with torch.no_grad():
        return model.cls_head(model.backbone(clip))


class WithHead(nn.Module):
    """A network, its features averaged and joined, and a classifier, which may have another name."""

    def __init__(self, net, channels, name='head'):
        super().__init__()
        for part, module in net.named_children():
            self.add_module(part, module)
        self.net = [net]  # not its name
        self.classify = [nn.Linear(channels, 5)]
        if name == 'head':
            self.head = nn.Module()
            self.head.projection = self.classify[0]
        else:
            self.add_module(name, self.classify[0])

    @torch.no_grad()
    def forward(self, x):
        outs = self.net[0].eval()(x)
        outs = outs if isinstance(outs, list) else [outs]
        return self.classify[0](torch.cat([out.mean((2, 3, 4)) for out in outs], 1))


def test_slowfast_of_pyslowfast_whole(tmp_path, caplog):
    theirs = WithHead(PySlowFast(), 32 * 8 + 32)
    path = saved(theirs, tmp_path / 'SLOWFAST_8x8_R50.pyth')
    with caplog.at_level(logging.INFO):
        cfg = config(SLOWFAST, dict(type='SlowFastHead', in_channels=288))
        ours = init_recognizer(cfg, path, device='cpu')
    clip = seeded_tensor((2, 3, 8, 24, 24))
    torch.testing.assert_close(scores(ours, clip), theirs(clip), rtol=1e-4, atol=1e-5)


def test_r2plus1d_of_torchvision_whole(tmp_path):
    theirs = WithHead(TorchvisionSplitNet(), 128, 'fc')
    path = str(tmp_path / 'r2plus1d_18.pth')
    torch.save(fill_state_dict(theirs).state_dict(), path)
    backbone = dict(type='ResNet2Plus1d', depth=18, layout='torchvision', with_pool1=False, pretrained2d=False)
    backbone |= TWO | dict(temporal_strides=(1, 2))
    ours = init_recognizer(config(backbone, dict(type='I3DHead', in_channels=128)), path, device='cpu')
    clip = seeded_tensor((2, 3, 8, 24, 24))
    torch.testing.assert_close(scores(ours, clip), theirs(clip), rtol=1e-4, atol=1e-5)


# --- X3D of PySlowFast -----------------------------------------------------------------------------------------------
class X3DBlock(nn.Module):
    def __init__(self, cin, cout, stride, excite):
        super().__init__()
        inner = int(2.25 * cout)
        if stride != 1 or cin != cout:
            self.branch1, self.branch1_bn = conv(cin, cout, (1, 1, 1), (1, stride, stride)), nn.BatchNorm3d(cout)
        each = nn.Conv3d(inner, inner, 3, (1, stride, stride), 1, groups=inner, bias=False)
        self.branch2 = nn.Module()
        self.branch2.a, self.branch2.a_bn = conv(cin, inner, (1, 1, 1)), nn.BatchNorm3d(inner)
        self.branch2.b, self.branch2.b_bn = each, nn.BatchNorm3d(inner)
        self.branch2.c, self.branch2.c_bn = conv(inner, cout, (1, 1, 1)), nn.BatchNorm3d(cout)
        if excite:
            squeezed = max(8, int(inner / 16 + 4) // 8 * 8)
            self.branch2.se = nn.Module()
            self.branch2.se.fc1, self.branch2.se.fc2 = nn.Conv3d(inner, squeezed, 1), nn.Conv3d(squeezed, inner, 1)

    def forward(self, x):
        part = self.branch2
        out = part.b_bn(part.b(part.a_bn(part.a(x)).relu()))
        if hasattr(part, 'se'):
            out = out * part.se.fc2(part.se.fc1(out.mean((2, 3, 4), True)).relu()).sigmoid()
        out = part.c_bn(part.c(nn.functional.silu(out)))
        return (out + (self.branch1_bn(self.branch1(x)) if hasattr(self, 'branch1') else x)).relu()


class X3DOfPySlowFast(nn.Module):
    """The stem, a stage of one block, one of two, and the head."""

    def __init__(self):
        super().__init__()
        self.s1, self.s2, self.s3, self.head = (nn.Module() for _ in range(4))
        stem = self.s1.pathway0_stem = nn.Module()
        stem.conv_xy = nn.Conv3d(3, 24, (1, 3, 3), (1, 2, 2), (0, 1, 1), bias=False)
        stem.conv = nn.Conv3d(24, 24, (5, 1, 1), padding=(2, 0, 0), groups=24, bias=False)
        stem.bn = nn.BatchNorm3d(24)
        self.s2.pathway0_res0 = X3DBlock(24, 24, 2, True)
        self.s3.pathway0_res0, self.s3.pathway0_res1 = X3DBlock(24, 48, 2, True), X3DBlock(48, 48, 1, False)
        self.head.conv_5, self.head.conv_5_bn = conv(48, 108, (1, 1, 1)), nn.BatchNorm3d(108)
        self.head.lin_5, self.head.projection = conv(108, 2048, (1, 1, 1)), nn.Linear(2048, 5)

    @torch.no_grad()
    def forward(self, x):
        stem = self.s1.pathway0_stem
        x = stem.bn(stem.conv(stem.conv_xy(x))).relu()
        x = self.s3.pathway0_res1(self.s3.pathway0_res0(self.s2.pathway0_res0(x)))
        x = self.head.conv_5_bn(self.head.conv_5(x)).relu().mean((2, 3, 4), True)
        return self.head.projection(self.head.lin_5(x).relu().flatten(1))


X3D = dict(type='X3D', gamma_b=2.25, num_stages=2, spatial_strides=(2, 2))
X3D_HEAD = dict(type='X3DHead', in_channels=108)


def test_x3d_of_pyslowfast_whole(tmp_path, caplog):
    theirs = X3DOfPySlowFast()
    path = saved(theirs, tmp_path / 'x3d_s.pyth')
    ours = init_recognizer(config(X3D, X3D_HEAD), path, device='cpu')
    clip = seeded_tensor((2, 3, 4, 32, 32))
    torch.testing.assert_close(scores(ours, clip), theirs(clip), rtol=1e-4, atol=1e-5)

    backbone = MODELS.build(dict(X3D, pretrained=path))
    backbone.init_weights()
    want = {k.removeprefix('backbone.'): v for k, v in ours.state_dict().items() if k.startswith('backbone.')}
    assert all(torch.equal(value, want[name]) for name, value in backbone.state_dict().items())
    with pytest.raises(ValueError, match=r'do not match X3D: unexpected keys layer2\.0\.downsample\.conv\.weight'):
        MODELS.build(dict(X3D, num_stages=1, spatial_strides=(2,), pretrained=path)).init_weights()


def test_what_does_not_map_is_named(tmp_path):
    path = saved(X3DOfPySlowFast(), tmp_path / 'x3d_s.pyth')
    one_stage = dict(X3D, num_stages=1, spatial_strides=(2,))
    with pytest.raises(
        ValueError,
        match=r'x3d_s\.pyth do not match Recognizer3D of X3D: unexpected keys backbone\.layer2\.0\.downsample\.conv',
    ):
        init_recognizer(config(one_stage, X3D_HEAD), path, device='cpu')
    deeper = dict(X3D, gamma_d=2.2)
    with pytest.raises(ValueError, match=r'X3D: missing keys backbone\.layer1\.1\.conv1\.conv\.weight'):
        init_recognizer(config(deeper, X3D_HEAD), path, device='cpu')
    with pytest.raises(
        ValueError, match=r'shape .*backbone\.layer1\.0\.conv1\.conv\.weight is \(54, 24.*expected \(72, 24'
    ):
        init_recognizer(config(dict(X3D, gamma_b=3), dict(X3D_HEAD, in_channels=144)), path, device='cpu')
    state = torch.load(path)['model_state'] | {'s2.pathway0_res0.branch2.gate': torch.ones(1)}
    torch.save(state, path)
    with pytest.raises(ValueError, match=r"PySlowFast's X3D, but 1 of \d+ .*: s2\.pathway0_res0\.branch2\.gate"):
        init_recognizer(config(X3D, X3D_HEAD), path, device='cpu')


def test_other_classes_leave_the_classifier(tmp_path, capsys):
    theirs = X3DOfPySlowFast()
    path = saved(theirs, tmp_path / 'x3d_s.pyth')
    with pytest.warns(UserWarning, match=r'missing keys cls_head\.fc2\.weight, cls_head\.fc2\.bias'):
        ours = init_recognizer(config(X3D, dict(X3D_HEAD, num_classes=7)), path, device='cpu')
    assert torch.equal(ours.cls_head.fc1.weight, theirs.head.lin_5.weight.flatten(1))


def test_checkpoints_with_our_names_are_left_alone(tmp_path):
    cfg = config(X3D, X3D_HEAD)
    donor = fill_state_dict(init_recognizer(cfg, device='cpu'))
    for wrapped in ('state_dict', 'model_state'):
        state = {f'module.{k}': v for k, v in donor.state_dict().items()}
        torch.save({wrapped: state}, tmp_path / 'own.pth')
        model = init_recognizer(cfg, device='cpu')
        load_checkpoint(model, str(tmp_path / 'own.pth'), strict=True)
        assert all(torch.equal(value, donor.state_dict()[name]) for name, value in model.state_dict().items())


def test_load_from_in_a_run(tmp_path):
    """mmengine's runner, as in ``tools/train.py`` with ``load_from`` and in ``tools/test.py``."""
    theirs = X3DOfPySlowFast()
    path = saved(theirs, tmp_path / 'x3d_s.pyth')
    runner = Runner(
        model=config(X3D, X3D_HEAD).model,
        work_dir=str(tmp_path / 'run'),
        default_scope='mmaction',
        load_from=path,
        log_level='INFO',
        experiment_name='foreign',
    )
    runner.load_or_resume()
    clip = seeded_tensor((2, 3, 4, 32, 32))
    torch.testing.assert_close(scores(runner.model.eval(), clip), theirs(clip), rtol=1e-4, atol=1e-5)
    log = next((tmp_path / 'run').glob('*/*.log')).read_text()
    assert len(re.findall(r"entries renamed by the table of PySlowFast's X3D", log)) == 1


def test_load_from_with_an_average_of_the_weights(tmp_path):
    """EMAHook loads the checkpoint into its own model, before the runner does into the other."""
    theirs = X3DOfPySlowFast()
    runner = Runner(
        model=config(X3D, X3D_HEAD).model,
        work_dir=str(tmp_path / 'run'),
        default_scope='mmaction',
        load_from=saved(theirs, tmp_path / 'x3d_s.pyth'),
        custom_hooks=[dict(type='EMAHook', strict_load=True)],
        experiment_name='foreign-ema',
    )
    runner.call_hook('before_run')
    runner.load_or_resume()
    clip = seeded_tensor((2, 3, 4, 32, 32))
    hook = next(hook for hook in runner.hooks if type(hook).__name__ == 'EMAHook')
    for model in (runner.model, hook.ema_model.module):
        torch.testing.assert_close(scores(model.eval(), clip), theirs(clip), rtol=1e-4, atol=1e-5)


def test_a_run_with_other_classes_warns(tmp_path):
    runner = Runner(
        model=config(X3D, dict(X3D_HEAD, num_classes=7)).model,
        work_dir=str(tmp_path / 'run'),
        default_scope='mmaction',
        load_from=saved(init_recognizer(config(X3D, X3D_HEAD), device='cpu'), tmp_path / 'ours.pth', 'state_dict'),
        experiment_name='other-classes',
    )
    runner.load_or_resume()
    assert runner.load_report.misfits == (
        'cls_head.fc2.weight is (5, 2048), expected (7, 2048)',
        'cls_head.fc2.bias is (5,), expected (7,)',
    )
    log = next((tmp_path / 'run').glob('*/*.log')).read_text()
    assert re.search(
        r'WARNING - The weights of .*ours\.pth do not fully match Recognizer3D: of another shape cls_head', log
    )


# --- transformers ----------------------------------------------------------------------------------------------------
def test_transformers_whole(tmp_path):
    tiny = dict(img_size=32, patch_size=16, embed_dims=24, num_heads=4)
    for kind, options, head, rename in (
        (VisionTransformer, dict(depth=2, num_frames=4), dict(type='TimeSformerHead', in_channels=24), _videomae),
        (
            TimeSformer,
            dict(num_frames=2, num_transformer_layers=2),
            dict(type='TimeSformerHead', in_channels=24),
            _timesformer,
        ),
    ):
        backbone = dict(tiny, type=kind.__name__, **options)
        head = {'type': 'TimeSformerHead', 'in_channels': 24, 'num_classes': 5, 'average_clips': 'score'}
        model = dict(type='Recognizer3D', backbone=backbone, cls_head=head)
        cfg = Config(dict(default_scope='mmaction', model=model))
        donor = fill_state_dict(init_recognizer(cfg, device='cpu'))
        torch.save({'model': rename(donor.state_dict())}, tmp_path / 'theirs.pth')
        ours = init_recognizer(cfg, str(tmp_path / 'theirs.pth'), device='cpu')
        fixed = {'backbone.pos_embed'} if kind is VisionTransformer else set()  # a table that they do not save
        for name, value in ours.state_dict().items():
            assert name in fixed or torch.equal(value, donor.state_dict()[name]), name


def _videomae(state):
    pairs = (
        (r'^backbone\.', ''),
        (r'mlp\.layers\.0\.0', 'mlp.fc1'),
        (r'mlp\.layers\.1', 'mlp.fc2'),
        (r'embed\.projection', 'embed.proj'),
    )
    return _renamed({k: v for k, v in state.items() if k != 'backbone.pos_embed'}, pairs)


def _timesformer(state):
    pairs = (
        (r'^backbone\.', 'model.'),
        (r'transformer_layers\.layers', 'blocks'),
        (r'attentions\.0\.temporal_fc', 'temporal_fc'),
        (r'attentions\.0\.norm', 'temporal_norm1'),
        (r'attentions\.0\.attn\.in_proj_', 'temporal_attn.qkv.'),
        (r'attentions\.0\.attn\.out_proj', 'temporal_attn.proj'),
        (r'attentions\.1\.norm', 'norm1'),
        (r'attentions\.1\.attn\.in_proj_', 'attn.qkv.'),
        (r'attentions\.1\.attn\.out_proj', 'attn.proj'),
        (r'ffns\.0\.norm', 'norm2'),
        (r'ffns\.0\.layers\.0\.0', 'mlp.fc1'),
        (r'ffns\.0\.layers\.1', 'mlp.fc2'),
        (r'embed\.projection', 'embed.proj'),
        (r'^cls_head\.fc_cls', 'model.head'),
    )
    return _renamed(state, pairs)


def _renamed(state, pairs):
    out = {}
    for name, value in state.items():
        for ours, theirs in (*pairs, (r'^cls_head\.fc_cls', 'head')):
            name = re.sub(ours, theirs, name)
        out[name] = value
    return out
