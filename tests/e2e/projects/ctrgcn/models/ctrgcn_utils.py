"""Layers of the project, made of those of the toolbox."""

import torch
from mmengine.model import BaseModule, ModuleList
from torch import nn

from mmaction.models.utils import unit_tcn


class MSTCN(BaseModule):
    """Two dilated temporal convolutions, side by side."""

    def __init__(self, in_channels, out_channels, stride=1, dilations=(1, 2)):
        super().__init__()
        width = out_channels // len(dilations)
        self.branches = ModuleList(
            nn.Sequential(
                nn.Conv2d(in_channels, width, 1),
                unit_tcn(width, width, kernel_size=5, stride=stride, dilation=dilation, norm='BN', dropout=0),
            )
            for dilation in dilations
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class unit_ctrgcn(BaseModule):
    """A graph per channel: the shared one, refined by differences of joints."""

    def __init__(self, in_channels, out_channels, A):
        super().__init__()
        self.A = nn.Parameter(A.clone())
        self.alpha = nn.Parameter(torch.zeros(1))
        self.theta = nn.Conv2d(in_channels, out_channels, 1)
        self.value = nn.Conv2d(in_channels, out_channels, 1)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        where = self.theta(x).mean(2)  # N, C, V
        relation = (where.unsqueeze(-1) - where.unsqueeze(-2)).tanh()
        value = self.value(x)
        out = sum(torch.einsum('ncuv,nctv->nctu', relation * self.alpha + A, value) for A in self.A)
        return self.bn(out).relu()


class CTRGCNBlock(BaseModule):
    """Graph convolution, temporal convolutions and a shortcut."""

    def __init__(self, in_channels, out_channels, A, stride=1):
        super().__init__()
        self.gcn = unit_ctrgcn(in_channels, out_channels, A)
        self.tcn = MSTCN(out_channels, out_channels, stride)
        self.residual = unit_tcn(in_channels, out_channels, kernel_size=1, stride=stride)

    def forward(self, x, A=None):
        return (self.tcn(self.gcn(x)) + self.residual(x)).relu()
