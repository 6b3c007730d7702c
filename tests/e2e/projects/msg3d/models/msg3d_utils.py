"""Multi-scale layers of the project."""

import numpy as np
import torch
from mmengine.model import BaseModule
from torch import nn

from mmaction.models.utils.graph import k_adjacency, normalize_digraph


class MSGCN(BaseModule):
    """Sums over neighborhoods of several sizes."""

    def __init__(self, num_scales, in_channels, out_channels, A, dropout=0):
        super().__init__()
        scales = np.stack([normalize_digraph(k_adjacency(A, k, with_self=True)) for k in range(num_scales)])
        self.register_buffer('A', torch.tensor(scales, dtype=torch.float32))
        self.PA = nn.Parameter(torch.zeros_like(self.A))
        self.mlp = nn.Sequential(
            nn.Dropout(dropout), nn.Conv2d(in_channels * num_scales, out_channels, 1), nn.BatchNorm2d(out_channels)
        )

    def forward(self, x):
        x = torch.einsum('kvu,nctv->nkctu', self.A + self.PA, x)
        return self.mlp(x.flatten(1, 2)).relu()
