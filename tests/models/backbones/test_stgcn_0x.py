"""Checkpoints of MMAction2 0.x: its ST-GCN has other names; a network in these names is written here."""

from __future__ import annotations

import pytest
import torch
from mmengine.config import Config
from torch import nn

from mmaction.apis import init_recognizer
from mmaction.testing import fill_state_dict, seeded_tensor

PLAN = ((3, 16, 1), (16, 16, 1), (16, 32, 2))
MODEL = dict(
    type='RecognizerGCN',
    backbone=dict(
        type='STGCN',
        graph_cfg=dict(layout='coco', mode='stgcn_spatial'),
        base_channels=16,
        num_stages=3,
        inflate_stages=(3,),
        down_stages=(3,),
    ),
    cls_head=dict(type='GCNHead', num_classes=5, in_channels=32),
)


class OldGraphConv(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, 3 * cout, 1)

    def forward(self, x, graph):
        return torch.einsum('nkctv,kvw->nctw', self.conv(x).unflatten(1, (3, -1)), graph)


class OldBlock(nn.Module):
    def __init__(self, cin, cout, stride, residual):
        super().__init__()
        self.gcn = OldGraphConv(cin, cout)
        time = nn.Conv2d(cout, cout, (9, 1), (stride, 1), (4, 0))
        self.tcn = nn.Sequential(nn.BatchNorm2d(cout), nn.ReLU(), time, nn.BatchNorm2d(cout), nn.Dropout(0))
        self.kind = 'none' if not residual else 'same' if cin == cout and stride == 1 else 'project'
        if self.kind == 'project':
            self.residual = nn.Sequential(nn.Conv2d(cin, cout, 1, (stride, 1)), nn.BatchNorm2d(cout))

    def forward(self, x, graph):
        shortcut = {'none': lambda: 0, 'same': lambda: x, 'project': lambda: self.residual(x)}[self.kind]()
        return (self.tcn(self.gcn(x, graph)) + shortcut).relu()


class OldSTGCN(nn.Module):
    """Poses (N, C, T, V, M)."""

    def __init__(self, graph):
        super().__init__()
        self.register_buffer('A', graph)
        self.data_bn = nn.BatchNorm1d(3 * graph.shape[1])
        self.st_gcn_networks = nn.ModuleList(OldBlock(*plan, i > 0) for i, plan in enumerate(PLAN))
        self.edge_importance = nn.ParameterList(nn.Parameter(torch.ones_like(graph)) for _ in PLAN)

    def forward(self, x):
        n, c, t, v, m = x.shape
        x = self.data_bn(x.permute(0, 4, 3, 1, 2).reshape(n * m, v * c, t))
        x = x.view(n, m, v, c, t).permute(0, 1, 3, 4, 2).reshape(n * m, c, t, v)
        for block, importance in zip(self.st_gcn_networks, self.edge_importance):
            x = block(x, self.A * importance)
        return x.unflatten(0, (n, m))


@torch.no_grad()
def test_stgcn_of_mmaction_0x(tmp_path):
    old, head = nn.Module(), nn.Conv2d(32, 5, 1)
    old.backbone, old.cls_head = OldSTGCN(torch.rand(3, 17, 17)), nn.Module()
    old.cls_head.fc = head
    fill_state_dict(old).eval()
    path = str(tmp_path / 'stgcn_0x.pth')
    torch.save({'state_dict': old.state_dict(), 'meta': {'mmaction_version': '0.24.1'}}, path)
    ours = init_recognizer(Config(dict(default_scope='mmaction', model=MODEL)), path, device='cpu')
    poses = seeded_tensor((2, 2, 8, 17, 3))  # N, M, T, V, C
    features = old.backbone(poses.permute(0, 4, 2, 3, 1))
    want = head(features.mean((3, 4)).mean(1)[..., None, None])[..., 0, 0]
    got = ours.cls_head(ours.backbone(poses))
    torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-5)

    torch.save({'state_dict': old.state_dict() | {'backbone.st_gcn_networks.0.gcn.alpha': torch.ones(1)}}, path)
    with pytest.raises(ValueError, match=r"MMAction2 0\.x's STGCN, but 1 of \d+ .*: st_gcn_networks\.0\.gcn\.alpha"):
        init_recognizer(Config(dict(default_scope='mmaction', model=MODEL)), path, device='cpu')
