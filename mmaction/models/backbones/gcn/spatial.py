"""Graph convolutions of each frame separately: (N, C, T, V) -> (N, C', T, V).

The layers have the names of MMAction2, by which people select them (``type(layer).__name__``).
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.backbones.gcn.temporal import named_norm
from mmaction.models.common.bricks import Config, build_act, build_norm
from mmaction.utils.check import pick

__all__ = ['match_channels', 'unit_aagcn', 'unit_gcn']

Adaptive = Literal['init', 'offset', 'importance'] | None
_ADAPTIVE = (None, 'init', 'offset', 'importance')


def match_channels(in_channels: int, out_channels: int, norm: Config | str = 'BN') -> nn.Module:
    """Identity, or a projection to another number of channels."""
    if in_channels == out_channels:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 1), build_norm(named_norm(norm), out_channels)[1])


class unit_gcn(BaseModule):
    """Graph convolution with K subsets of edges, whose weights may be learned.

    ST-GCN (https://arxiv.org/abs/1801.07455), Sec. 3; the adaptive graphs are those of PYSKL
    (https://arxiv.org/abs/2205.09443), Sec. 3.1.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        A: adjacency (K, V, V).
        adaptive: learned part of the graph: None; ``'init'``, all of it, starting from ``A``; ``'offset'``, a term;
            ``'importance'``, a factor.
        conv_pos: whether the 1x1 convolution comes before (``'pre'``) or after (``'post'``) the sum over neighbors.
        with_res: add the input.
        norm: config or name of the norm.
        act: config or name of the activation.
        init_cfg: initialization.
    """

    A: Tensor  # a parameter if adaptive='init', else a buffer

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        A: Tensor,
        adaptive: Adaptive = 'importance',
        conv_pos: Literal['pre', 'post'] = 'pre',
        with_res: bool = False,
        norm: Config | str = 'BN',
        act: Config | str = 'ReLU',
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        pick(_ADAPTIVE, adaptive, 'gcn_adaptive')
        pick(('pre', 'post'), conv_pos, 'gcn_conv_pos')
        self.in_channels, self.out_channels, self.num_subsets = in_channels, out_channels, len(A)
        self.adaptive, self.conv_pos, self.with_res = adaptive, conv_pos, with_res
        if adaptive == 'init':
            self.A = nn.Parameter(A.clone())
        else:
            self.register_buffer('A', A.clone())
        if adaptive == 'offset':
            self.PA = nn.Parameter(torch.empty_like(A).uniform_(-1e-6, 1e-6))
        elif adaptive == 'importance':
            self.PA = nn.Parameter(torch.ones_like(A))
        # The subsets are told apart by channels: those that leave the convolution, or those that enter it.
        if conv_pos == 'pre':
            self.conv = nn.Conv2d(in_channels, out_channels * self.num_subsets, 1)
        else:
            self.conv = nn.Conv2d(in_channels * self.num_subsets, out_channels, 1)
        self.bn = build_norm(named_norm(norm), out_channels)[1]
        self.act = build_act(named_norm(act))
        if with_res:
            self.down = match_channels(in_channels, out_channels, norm)

    def adjacency(self) -> Tensor:
        """The graph as learned so far (K, V, V)."""
        if self.adaptive == 'offset':
            return self.A + self.PA
        if self.adaptive == 'importance':
            return self.A * self.PA
        return self.A

    def forward(self, x: Tensor) -> Tensor:
        graph, k = self.adjacency(), self.num_subsets
        if self.conv_pos == 'pre':
            y = self.conv(x).unflatten(1, (k, -1))  # (N, C, T, V) -> (N, K, C', T, V)
            y = torch.einsum('nkctv,kvw->nctw', y, graph)
        else:
            y = torch.einsum('nctv,kvw->nkctw', x, graph)
            y = self.conv(y.flatten(1, 2))  # (N, K, C, T, V) -> (N, C', T, V)
        y = self.bn(y)
        return self.act(y + self.down(x) if self.with_res else y)


class unit_aagcn(BaseModule):
    """Graph convolution whose graph depends on the sample, with attention over joints, frames and channels.

    2s-AGCN (https://arxiv.org/abs/1805.07694), Sec. 4.1; the attention is that of MS-AAGCN
    (https://arxiv.org/abs/1912.06971), Sec. 4.3.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        A: adjacency (K, V, V).
        coff_embedding: ``out_channels`` relative to the channels of the embedding that compares joints.
        adaptive: learn the graph, and add the similarity of the joints of the sample.
        attention: weigh joints, frames and channels.
        init_cfg: initialization.
    """

    A: Tensor  # a parameter if adaptive, else a buffer

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        A: Tensor,
        coff_embedding: int = 4,
        adaptive: bool = True,
        attention: bool = True,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        if init_cfg is None:
            init_cfg = [
                dict(type='Constant', layer='BatchNorm2d', val=1),
                dict(type='Kaiming', layer='Conv2d', mode='fan_out'),
            ]
        super().__init__(init_cfg=init_cfg)
        self.in_channels, self.out_channels, self.num_subset = in_channels, out_channels, len(A)
        self.adaptive, self.attention = adaptive, attention
        self.inter_c = out_channels // coff_embedding
        if adaptive:
            if not self.inter_c:
                raise ValueError(
                    f'gcn_coff_embedding ({coff_embedding}) must be at most the channels of a block ({out_channels}).'
                )
            self.A = nn.Parameter(A.clone())
            self.alpha = nn.Parameter(torch.zeros(1))
            self.conv_a = self._convs(self.inter_c)
            self.conv_b = self._convs(self.inter_c)
        else:
            self.register_buffer('A', A.clone())
        self.conv_d = self._convs(out_channels)
        if attention:
            self.conv_ta = nn.Conv1d(out_channels, 1, 9, padding=4)
            num_joints = A.shape[-1]
            odd = num_joints if num_joints % 2 else num_joints - 1  # only an odd kernel keeps the length
            self.conv_sa = nn.Conv1d(out_channels, 1, odd, padding=odd // 2)
            self.fc1c = nn.Linear(out_channels, out_channels // 2)
            self.fc2c = nn.Linear(out_channels // 2, out_channels)
        self.down = match_channels(in_channels, out_channels)
        self.bn = nn.BatchNorm2d(out_channels)

    def _convs(self, channels: int) -> nn.ModuleList:
        return nn.ModuleList(nn.Conv2d(self.in_channels, channels, 1) for _ in range(self.num_subset))

    def init_weights(self) -> None:
        """Start near the shortcut: branches scaled down by their number, and nearly closed by the norm after them."""
        if self.is_init:
            return
        super().init_weights()
        for conv in self.conv_d:
            weight = conv.get_parameter('weight')
            outputs, inputs = weight.shape[:2]
            nn.init.normal_(weight, 0, math.sqrt(2 / (outputs * inputs * self.num_subset)))
            nn.init.zeros_(conv.get_parameter('bias'))
        nn.init.constant_(self.bn.weight, 1e-6)
        if self.attention:
            for layer in (self.conv_ta, self.conv_sa, self.fc1c, self.fc2c):
                nn.init.zeros_(layer.get_parameter('bias'))
            # With conv_ta and fc2c at 0, attention over frames and channels starts uniform.
            nn.init.zeros_(self.conv_ta.weight)
            nn.init.xavier_normal_(self.conv_sa.weight)
            nn.init.kaiming_normal_(self.fc1c.weight)
            nn.init.zeros_(self.fc2c.weight)

    def _graph(self, x: Tensor, subset: int) -> Tensor:
        """Adjacency of one subset: (V, V), or (N, V, V) if it depends on the sample."""
        if not self.adaptive:
            return self.A[subset]
        a = self.conv_a[subset](x).permute(0, 3, 1, 2).flatten(2)  # (N, C, T, V) -> (N, V, C' * T)
        b = self.conv_b[subset](x).flatten(1, 2)  # (N, C, T, V) -> (N, C' * T, V)
        return self.A[subset] + torch.tanh(a @ b / a.shape[-1]) * self.alpha

    def forward(self, x: Tensor) -> Tensor:
        flat = x.flatten(1, 2)  # (N, C, T, V) -> (N, C * T, V)
        y: Tensor | None = None
        for subset in range(self.num_subset):
            z = self.conv_d[subset]((flat @ self._graph(x, subset)).view_as(x))
            y = z if y is None else z + y
        y = torch.relu(self.bn(y) + self.down(x))
        return self._attend(y) if self.attention else y

    def _attend(self, y: Tensor) -> Tensor:
        joints = torch.sigmoid(self.conv_sa(y.mean(2)))  # (N, C, T, V) -> (N, 1, V)
        y = y * joints.unsqueeze(2) + y
        frames = torch.sigmoid(self.conv_ta(y.mean(3)))  # (N, C, T, V) -> (N, 1, T)
        y = y * frames.unsqueeze(3) + y
        channels = torch.sigmoid(self.fc2c(torch.relu(self.fc1c(y.mean((2, 3))))))  # (N, C, T, V) -> (N, C)
        return y * channels[..., None, None] + y
