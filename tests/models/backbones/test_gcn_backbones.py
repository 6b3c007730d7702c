"""ST-GCN, STGCN++, 2s-AGCN, CTR-GCN and MS-G3D.

``recorded``: 16 values of the outputs of the published implementation (1.2.0) under the weights of
:mod:`mmaction.testing.fill`. ``own``: variants that no published config uses, made with this package once all the
recorded models agreed.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from clip_overfitting import assert_half_agrees, overfit
from golden_files import GoldenFile, keys_digest
from mmengine.config import Config
from torch import nn

import mmaction.models.backbones as backbones
from mmaction.models import build_recognizer
from mmaction.models.backbones.gcn.ctrgcn import ChannelGraphConv
from mmaction.models.backbones.gcn.msg3d import TemporalWindows
from mmaction.models.utils.gcn_utils import mstcn, unit_aagcn, unit_gcn, unit_tcn
from mmaction.registry import MODELS
from mmaction.structures.graph import Graph
from mmaction.testing import fill_state_dict, seeded_tensor

ROOT = Path(__file__).resolve().parents[3]
GOLDENS = GoldenFile('skeleton_graphs')

HAND = dict(  # a palm and five fingers of four joints
    num_node=21,
    inward=[(joint, joint - 1 if joint % 4 != 1 else 0) for joint in range(1, 21)],
    center=0,
)
TINY = dict(layout=dict(num_node=5, inward=[(1, 0), (2, 0), (3, 1), (4, 2)], center=0))
SPATIAL = dict(TINY, mode='spatial')
STGCNPP = dict(gcn_adaptive='init', gcn_with_res=True, tcn_type='mstcn')
_SMALL = dict(graph_cfg=SPATIAL, base_channels=12, num_stages=3, inflate_stages=[2], down_stages=[3])

# name: (type, keywords, (M, T, V, C))
OWN = {
    'stgcn_offset_mvc': ('STGCN', dict(_SMALL, gcn_adaptive='offset', data_bn_type='MVC'), (2, 8, 5, 3)),
    'stgcn_fixed_post': (
        'STGCN',
        dict(_SMALL, gcn_adaptive=None, gcn_conv_pos='post', data_bn_type=None),
        (1, 7, 5, 3),
    ),
    'stgcn_no_first_block': ('STGCN', dict(_SMALL, in_channels=12, ch_ratio=1.5), (3, 8, 5, 12)),
    'stgcnpp_scales': (
        'STGCN',
        dict(_SMALL, **STGCNPP, tcn_mid_channels=0.25, tcn_ms_cfg=[(3, 1), [5, 2], ('max', 5), '1x1'], in_channels=2),
        (1, 8, 5, 2),
    ),
    'stgcn_by_stage': ('STGCN', dict(_SMALL, gcn_with_res=(False, True, False), gcn_norm='SyncBN'), (1, 8, 5, 3)),
    'stgcn_two_hops': ('STGCN', dict(_SMALL, graph_cfg=dict(TINY, mode='stgcn_spatial', max_hop=2)), (1, 8, 5, 3)),
    'aagcn': ('AAGCN', dict(_SMALL), (2, 8, 5, 3)),
    'aagcn_even_joints': ('AAGCN', dict(_SMALL, graph_cfg=dict(layout='openpose'), gcn_adaptive=False), (2, 8, 18, 3)),
    'ctrgcn': ('CTRGCN', _SMALL, (2, 8, 5, 3)),
    'ctrgcn_kernels': ('CTRGCN', dict(_SMALL, kernel_size=[3, 5, 7, 9], dilations=(1, 2, 1, 2)), (2, 8, 5, 3)),
    'msg3d': (
        'MSG3D',
        dict(graph_cfg=dict(TINY, mode='binary_adj'), base_channels=6, num_gcn_scales=4, num_g3d_scales=2),
        (2, 8, 5, 3),
    ),
}
STREAMS = {
    'STGCN': dict(_SMALL, gcn_adaptive='importance'),
    'STGCN++': dict(_SMALL, **STGCNPP),
    'AAGCN': _SMALL,
    'CTRGCN': _SMALL,
    'MSG3D': dict(graph_cfg=dict(TINY, mode='binary_adj'), base_channels=12, num_gcn_scales=3, num_g3d_scales=2),
}


def own(name: str) -> tuple[nn.Module, torch.Tensor]:
    """The filled backbone of a model, and two samples."""
    kind, keywords, shape = OWN[name]
    model = nn.Module()
    model.backbone = getattr(backbones, kind)(**keywords)
    return fill_state_dict(model).eval(), seeded_tensor((2, *shape))


@torch.no_grad()
def run(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    return model.backbone(x)


@pytest.mark.parametrize('config', GOLDENS.names('upstream', output=True))
@torch.no_grad()
def test_recorded_outputs(config):
    model = fill_state_dict(MODELS.build(Config.fromfile(ROOT / config).model)).eval()
    x = seeded_tensor(GOLDENS.setup(config)['shape'])
    GOLDENS.check(config, model(x, mode='tensor'), 'backbone')
    GOLDENS.check(config, model(x, mode='tensor', stage='head'), 'head')


def test_recorded_keys():
    configs = GOLDENS.names('upstream')
    for config in configs:
        GOLDENS.check_keys(config, MODELS.build(Config.fromfile(ROOT / config).model))
    assert len(configs) == 7


@pytest.mark.parametrize('name', OWN)
def test_own_variants(name):
    model, x = own(name)
    GOLDENS.check_keys(name, model)
    GOLDENS.check(name, run(model, x))


def test_published_hand_gestures_fit():
    """Keys and shapes of PYSKL's weights for 40 gestures of one hand, seen by two coordinates of 21 joints."""
    backbone = dict(
        type='STGCN',
        graph_cfg=dict(layout=HAND, mode='spatial'),
        in_channels=2,
        num_stages=6,
        down_stages=[6],
        inflate_stages=[6],
        **STGCNPP,
    )
    model = build_recognizer(
        dict(type='RecognizerGCN', backbone=backbone, cls_head=dict(type='GCNHead', num_classes=40, in_channels=128))
    )
    fill_state_dict(model)
    published = {k.replace('cls_head.fc.', 'cls_head.fc_cls.'): v + 1 for k, v in model.state_dict().items()}
    assert len(published) == 418
    assert keys_digest([(key, list(value.shape)) for key, value in published.items()]) == '81f8485263c6a451'
    model.load_state_dict(dict(published), strict=True)
    torch.testing.assert_close(model.cls_head.fc.bias.data, published['cls_head.fc_cls.bias'])


def test_graph_convolution_by_hand():
    """Both orders of convolving, against sums over the edges one by one."""
    A = torch.tensor(Graph(**SPATIAL).A, dtype=torch.float32)
    x = seeded_tensor((2, 3, 4, 5))
    for conv_pos in ('pre', 'post'):
        unit = fill_state_dict(unit_gcn(3, 6, A, 'importance', conv_pos, with_res=True)).eval()
        weight, bias = unit.conv.weight[:, :, 0, 0], unit.conv.bias
        y = torch.zeros(2, 6, 4, 5)
        for k, source, target in torch.nonzero(A):
            edge = A[k, source, target] * unit.PA[k, source, target]
            if conv_pos == 'pre':
                rows = slice(6 * k, 6 * k + 6)
                value = torch.einsum('oc,nct->not', weight[rows], x[..., source]) + bias[rows, None]
            else:
                value = torch.einsum('oc,nct->not', weight[:, 3 * k : 3 * k + 3], x[..., source])
            y[..., target] += edge * value
        if conv_pos == 'post':
            y += bias[:, None, None]
        with torch.no_grad():
            torch.testing.assert_close(unit(x), torch.relu(unit.bn(y) + unit.down(x)))


def test_channels_have_graphs_of_their_own():
    unit = fill_state_dict(ChannelGraphConv(3, 4))
    x, A, alpha = seeded_tensor((2, 3, 6, 5)), seeded_tensor((5, 5), seed=1), torch.tensor([0.7])
    a, b, values = unit.conv1(x).mean(2), unit.conv2(x).mean(2), unit.conv3(x)
    want = torch.empty(2, 4, 6, 5)
    for u in range(5):
        for v in range(5):
            term = unit.conv4(torch.tanh(a[..., u] - b[..., v])[..., None, None])[..., 0] * alpha + A[u, v]
            want[..., u] = term * values[..., v] + (want[..., u] if v else 0)
    torch.testing.assert_close(unit(x, A, alpha), want)


def test_samples_shape_their_own_graph():
    unit = fill_state_dict(unit_aagcn(3, 8, torch.eye(5)[None], attention=False)).eval()
    x = seeded_tensor((2, 3, 6, 5))
    a, b = (conv[0](x).permute(0, 2, 1, 3).reshape(2, 12, 5) for conv in (unit.conv_a, unit.conv_b))
    graph = unit.A[0] + unit.alpha * torch.tanh(a.mT @ b / 12)
    y = unit.conv_d[0](torch.einsum('nctv,nvw->nctw', x, graph))
    torch.testing.assert_close(unit(x), torch.relu(unit.bn(y) + unit.down(x)))
    assert not torch.allclose(graph[0], graph[1], rtol=1e-3)


def test_windows_hold_their_neighbours():
    x = torch.arange(1, 13).view(1, 1, 6, 2).float()
    windows = TemporalWindows(3, 2)(x).view(3, 3, 2)
    assert windows[..., 0].tolist() == [[0, 1, 3], [3, 5, 7], [7, 9, 11]]
    unfolded = nn.Unfold((3, 1), padding=(1, 0), stride=(2, 1))(x).view(3, 3, 2)
    torch.testing.assert_close(windows.transpose(0, 1), unfolded)


def test_persons_and_clips_do_not_mix():
    """Each person of each clip goes through the network alone, but for the norm of several persons together."""
    for name in ('stgcn_fixed_post', 'stgcnpp_scales', 'stgcn_two_hops'):
        model, _ = own(name)
        x = seeded_tensor((2, 3, *OWN[name][2][1:]))
        alone = torch.stack([run(model, x[:, i : i + 1])[:, 0] for i in range(3)], dim=1)
        torch.testing.assert_close(run(model, x), alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('kind', STREAMS)
def test_time_is_free(kind):
    net = fill_state_dict(getattr(backbones, kind.rstrip('+'))(**STREAMS[kind])).eval()
    for t in (1, 2, 5, 9):
        with torch.no_grad():
            out = net(seeded_tensor((1, 2, t, 5, 3)))
        half = -(-t // 2)
        assert out.shape == ((1, 2, 48, -(-half // 2), 5) if kind == 'MSG3D' else (1, 2, 24, half, 5))
        assert torch.isfinite(out).all()


def test_stages():
    net = backbones.STGCN(dict(layout='coco'), num_stages=6, inflate_stages=[2, 4], down_stages=[3], ch_ratio=1.3)
    assert [block.gcn.out_channels for block in net.gcn] == [64, 83, 83, 108, 108, 108]
    assert [block.tcn.stride for block in net.gcn] == [1, 1, 2, 1, 1, 1]
    dropping = backbones.STGCN(dict(layout='coco'), num_stages=3, tcn_dropout=0.5, base_channels=8)
    assert [block.tcn.drop.p for block in dropping.gcn] == [0, 0.5, 0.5]
    assert [block.tcn1.drop.p for block in backbones.CTRGCN(**_SMALL, tcn_dropout=0.5).net] == [0, 0.5, 0.5]


def test_blocks_start_near_their_shortcut():
    for kind, blocks in (('AAGCN', 'gcn'), ('CTRGCN', 'net')):
        net = getattr(backbones, kind)(**_SMALL)
        net.init_weights()
        for block in getattr(net, blocks):
            unit = getattr(block, 'gcn', None) or block.gcn1
            assert unit.bn.weight.max().item() == pytest.approx(1e-6)


def test_temporal_units():
    unit = unit_tcn(2, 4, kernel_size=5, stride=2, dilation=2, dropout=0.3)
    assert unit.conv.padding == (4, 0)
    assert unit.drop.p == 0.3
    assert isinstance(unit_tcn(2, 4, norm=None).bn, nn.Identity)
    widths = [branch[0].out_channels if isinstance(branch, nn.Sequential) else branch.out_channels
              for branch in mstcn(8, 64).branches]  # fmt: skip
    assert widths == [14, 10, 10, 10, 10, 10]


@pytest.mark.parametrize('kind', STREAMS)
def test_trains_and_half_agrees(kind):
    torch.manual_seed(0)
    model = build_recognizer(
        dict(
            type='RecognizerGCN',
            backbone=dict(STREAMS[kind], type=kind.rstrip('+')),
            cls_head=dict(type='GCNHead', num_classes=4, in_channels=48 if kind == 'MSG3D' else 24),
        )
    )
    model.init_weights()
    first, last = overfit(model, (2, 8, 5, 3), steps=24, lr=0.01)
    assert last < 0.1 * first
    assert_half_agrees(model.backbone, seeded_tensor((1, 2, 8, 5, 3)))


@pytest.mark.parametrize(('kind', 'keywords', 'error', 'message'), [
    ('STGCN', dict(adaptive='init'), TypeError, r"\['adaptive'\] are unknown keywords. Those of the blocks start with"),
    ('STGCN', dict(gcn_adaptiv='init'), TypeError, r"\['gcn_adaptiv'\] are not options of unit_gcn. It has \['gcn_ada"),
    ('AAGCN', dict(tcn_ms_cfg=[]), TypeError, r"\['tcn_ms_cfg'\] are not options of unit_tcn"),
    ('STGCN', dict(gcn_adaptive='learn'), ValueError, r"gcn_adaptive \('learn'\) must be one of None, 'init'"),
    ('STGCN', dict(gcn_conv_pos='mid'), ValueError, r"gcn_conv_pos \('mid'\) must be one of 'pre', 'post'"),
    ('STGCN', dict(tcn_type='dgmstcn'), ValueError, r"tcn_type \('dgmstcn'\) is not supported. Choose one of \['mstcn"),
    ('STGCN', dict(data_bn_type='MC'), ValueError, r"data_bn_type \('MC'\) must be one of 'MVC', 'VC', None"),
    ('STGCN', dict(num_stages=0), ValueError, r'num_stages \(0\) must be at least 1'),
    ('STGCN', dict(tcn_type='mstcn', base_channels=4), ValueError, r'out_channels \(4\) must be at least the'),
    ('STGCN', dict(tcn_type='mstcn', tcn_mid_channels=2), ValueError, r'mid_channels \(2\) must be a float above 0'),
    ('STGCN', dict(tcn_type='mstcn', tcn_ms_cfg=['3x3']), ValueError, r"ms_cfg has '3x3'; a branch must be"),
    ('AAGCN', dict(gcn_coff_embedding=99), ValueError, r'gcn_coff_embedding \(99\) must be at most the channels'),
    ('CTRGCN', dict(base_channels=10), ValueError, r'out_channels \(10\) must be a multiple of the 4 branches'),
    ('CTRGCN', dict(kernel_size=[3]), ValueError, r'kernel_size \(3,\) must have one entry per dilation in'),
    ('MSG3D', dict(graph_cfg=SPATIAL), ValueError, r"mode \('spatial'\) of graph_cfg gives 3 subsets of edges"),
    ('MSG3D', dict(num_gcn_scales=0), ValueError, r'num_gcn_scales \(0\) must be at least 1'),
])  # fmt: skip
def test_arguments(kind, keywords, error, message):
    with pytest.raises(error, match=message):
        getattr(backbones, kind)(**STREAMS.get(kind, dict(graph_cfg=SPATIAL)) | keywords)


def test_inputs_that_do_not_fit():
    net = backbones.CTRGCN(**_SMALL)
    for shape, message in (
        ((1, 8, 5, 3), r'CTRGCN takes \(N, M, T, V, C\), got shape \(1, 8, 5, 3\)'),
        ((1, 2, 8, 17, 3), 'The skeletons have 17 joints, the graph has 5'),
        ((1, 2, 8, 5, 2), r'Each joint has 2 values. Set in_channels \(3\)'),
        ((1, 1, 8, 5, 3), r'The samples have 1 persons, the network takes num_person \(2\)'),
    ):
        with pytest.raises(ValueError, match=message):
            net(torch.zeros(shape))
