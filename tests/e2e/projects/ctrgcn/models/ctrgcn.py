"""The backbone of the project."""

import torch
from mmengine.model import BaseModule, ModuleList
from torch import nn

from mmaction.models.utils import Graph
from mmaction.registry import MODELS

from .ctrgcn_utils import CTRGCNBlock


@MODELS.register_module()
class CTRGCN(BaseModule):
    """Blocks over skeletons (N, M, T, V, C)."""

    def __init__(self, graph_cfg, in_channels=3, base_channels=16, num_stages=2, num_person=2, **kwargs):
        super().__init__(init_cfg=kwargs.pop('init_cfg', None))
        self.graph = Graph(**graph_cfg)
        A = torch.tensor(self.graph.A, dtype=torch.float32, requires_grad=False)
        self.register_buffer('A', A)
        self.data_bn = nn.BatchNorm1d(num_person * in_channels * A.size(1))
        widths = [in_channels, *(base_channels * 2**stage for stage in range(num_stages))]
        self.net = ModuleList(
            CTRGCNBlock(widths[stage], widths[stage + 1], A.clone(), stride=1 + (stage > 0))
            for stage in range(num_stages)
        )

    def forward(self, x):
        N, M, T, V, C = x.size()
        x = x.permute(0, 1, 3, 4, 2).contiguous()
        x = self.data_bn(x.view(N, M * V * C, T))
        x = x.view(N, M, V, C, T).permute(0, 1, 3, 4, 2).contiguous().view(N * M, C, T, V)
        for block in self.net:
            x = block(x)
        return x.reshape((N, M) + x.shape[1:])
