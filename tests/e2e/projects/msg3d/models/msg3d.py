"""The backbone of the project."""

import torch
from mmengine.model import BaseModule, Sequential
from torch import nn

from mmaction.models.utils import Graph, mstcn, unit_aagcn, unit_gcn
from mmaction.registry import MODELS

from .msg3d_utils import MSGCN


@MODELS.register_module()
class MSG3D(BaseModule):
    """A multi-scale path and a path of the toolbox's layers, over skeletons (N, M, T, V, C)."""

    def __init__(self, graph_cfg, in_channels=3, base_channels=12, num_gcn_scales=3, num_person=2):
        super().__init__()
        self.graph = Graph(**graph_cfg)
        A = torch.tensor(self.graph.A, dtype=torch.float32)
        self.data_bn = nn.BatchNorm1d(num_person * in_channels * A.shape[-1])
        self.sgcn = Sequential(
            MSGCN(num_gcn_scales, in_channels, base_channels, self.graph.A[0]),
            mstcn(base_channels, base_channels, stride=2, ms_cfg=[(3, 1), (3, 2), ('max', 3), '1x1']),
        )
        self.gcn3d = Sequential(
            unit_gcn(in_channels, base_channels, A, adaptive='offset'),
            unit_aagcn(base_channels, base_channels, A),
            mstcn(base_channels, base_channels, stride=2),
        )

    def forward(self, x):
        N, M, T, V, C = x.size()
        x = self.data_bn(x.permute(0, 1, 3, 4, 2).reshape(N, M * V * C, T))
        x = x.view(N, M, V, C, T).permute(0, 1, 3, 4, 2).reshape(N * M, C, T, V)
        x = (self.sgcn(x) + self.gcn3d(x)).relu()
        return x.reshape((N, M) + x.shape[1:])
