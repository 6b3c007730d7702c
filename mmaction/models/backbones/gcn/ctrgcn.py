"""CTR-GCN (Chen et al., ICCV 2021, https://arxiv.org/abs/2107.12213): a separate graph for each channel."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseModule, ModuleList
from torch import Tensor, nn

from mmaction.models.backbones.gcn.spatial import match_channels
from mmaction.models.backbones.gcn.stack import GraphNet, StagePlan, plan_stages
from mmaction.models.backbones.gcn.temporal import BranchTCN, shortcut
from mmaction.registry import MODELS

__all__ = ['CTRGCN']


class ChannelGraphConv(BaseModule):
    """Graph convolution of one subset of edges: the shared graph, refined per channel by differences between joints.

    Sec. 3.3 of the paper.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        rel_reduction: ``in_channels`` relative to the channels that compare joints; these are 8 for narrow inputs.
    """

    def __init__(self, in_channels: int, out_channels: int, rel_reduction: int = 8) -> None:
        super().__init__(init_cfg=dict(type='Kaiming', layer='Conv2d', mode='fan_out'))
        rel = 8 if in_channels <= 16 else in_channels // rel_reduction
        self.conv1 = nn.Conv2d(in_channels, rel, 1)
        self.conv2 = nn.Conv2d(in_channels, rel, 1)
        self.conv3 = nn.Conv2d(in_channels, out_channels, 1)
        self.conv4 = nn.Conv2d(rel, out_channels, 1)

    def forward(self, x: Tensor, A: Tensor, alpha: Tensor) -> Tensor:
        """Convolve (N, C, T, V) on the graph A (V, V) + alpha * (term of the sample)."""
        # Averaged over time first, which is cheaper than after the 1x1 convolutions, and equal: they are linear.
        mean = x.mean(2, keepdim=True)  # (N, C, T, V) -> (N, C, 1, V)
        a = self.conv1(mean).squeeze(2)  # (N, C, 1, V) -> (N, R, V)
        b = self.conv2(mean).squeeze(2)
        relation = torch.tanh(a.unsqueeze(3) - b.unsqueeze(2))  # (N, R, V, V)
        graph = self.conv4(relation) * alpha + A  # (N, R, V, V) -> (N, C', V, V)
        return torch.einsum('ncuv,nctv->nctu', graph, self.conv3(x))


class unit_ctrgcn(BaseModule):
    """Sum over K subsets of edges, norm, shortcut and ReLU.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        A: adjacency (K, V, V).
    """

    def __init__(self, in_channels: int, out_channels: int, A: Tensor) -> None:
        super().__init__(init_cfg=dict(type='Constant', layer='BatchNorm2d', val=1))
        self.convs = ModuleList(ChannelGraphConv(in_channels, out_channels) for _ in A)
        self.down = match_channels(in_channels, out_channels)
        self.A = nn.Parameter(A.clone())
        self.alpha = nn.Parameter(torch.zeros(1))
        self.bn = nn.BatchNorm2d(out_channels)

    def init_weights(self) -> None:
        """Start near the shortcut."""
        super().init_weights()
        nn.init.constant_(self.bn.weight, 1e-6)

    def forward(self, x: Tensor) -> Tensor:
        y = sum(conv(x, self.A[subset], self.alpha) for subset, conv in enumerate(self.convs))
        return torch.relu(self.bn(y) + self.down(x))


class CTRGCNBlock(BaseModule):
    """Graph convolution, multi-scale temporal convolution, and a shortcut around both.

    Args:
        plan: channels and stride.
        A: adjacency (K, V, V).
        residual: whether there is a shortcut.
        kernel_size, dilations, tcn_dropout: see :class:`CTRGCN`.
    """

    def __init__(
        self,
        plan: StagePlan,
        A: Tensor,
        residual: bool,
        kernel_size: int | Sequence[int],
        dilations: Sequence[int],
        tcn_dropout: float,
    ) -> None:
        super().__init__()
        self.gcn1 = unit_ctrgcn(plan.in_channels, plan.out_channels, A)
        self.tcn1 = BranchTCN(
            plan.out_channels, plan.out_channels, kernel_size, plan.stride, dilations, False, tcn_dropout
        )
        self.residual = shortcut(plan.in_channels, plan.out_channels, plan.stride) if residual else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.tcn1(self.gcn1(x))
        return torch.relu(y if self.residual is None else y + self.residual(x))


@MODELS.register_module()
class CTRGCN(GraphNet):
    """Graph convolutions with a refined graph per channel: (N, M, T, V, C) -> (N, M, C', T', V).

    Checkpoint keys are those of PYSKL and of the MMAction2 project of that name.

    Args:
        base_channels: channels of the first block; a multiple of ``len(dilations) + 2``.
        kernel_size: of the temporal convolutions, frames; one, or one per dilation.
        dilations: of the temporal convolutions, frames.
        tcn_dropout: ratio after the temporal convolutions, from the second block on.

    The other arguments are those of :class:`~mmaction.models.backbones.STGCN`.

    Raises:
        ValueError: a value is out of range.
    """

    def __init__(
        self,
        graph_cfg: Mapping[str, Any],
        in_channels: int = 3,
        base_channels: int = 64,
        num_stages: int = 10,
        inflate_stages: Collection[int] = (5, 8),
        down_stages: Collection[int] = (5, 8),
        num_person: int = 2,
        kernel_size: int | Sequence[int] = 5,
        dilations: Sequence[int] = (1, 2),
        tcn_dropout: float = 0,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(graph_cfg, in_channels, num_person, 'MVC', init_cfg)
        self.base_channels, self.num_stages = base_channels, num_stages
        self.inflate_stages, self.down_stages = list(inflate_stages), list(down_stages)
        first = StagePlan(in_channels, base_channels, 1)
        plans = plan_stages(base_channels, num_stages, inflate_stages, down_stages)
        self.net = ModuleList(
            [
                CTRGCNBlock(first, self.adjacency(), False, kernel_size, dilations, 0),
                *(CTRGCNBlock(plan, self.adjacency(), True, kernel_size, dilations, tcn_dropout) for plan in plans),
            ]
        )
        self.register_buffer('A', self.adjacency())  # unused, but part of published weights

    def features(self, x: Tensor) -> Tensor:
        for block in self.net:
            x = block(x)
        return x
