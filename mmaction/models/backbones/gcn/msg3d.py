"""MS-G3D (Liu et al., CVPR 2020, https://arxiv.org/abs/2003.14111): multi-scale, in space and in space-time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.model import BaseModule, ModuleList, Sequential
from torch import Tensor, nn

from mmaction.models.backbones.gcn.stack import GraphNet
from mmaction.models.backbones.gcn.temporal import BranchTCN
from mmaction.models.common.bricks import build_act
from mmaction.registry import MODELS
from mmaction.structures.graph import k_adjacency, normalize_digraph
from mmaction.utils.check import at_least

__all__ = ['MSG3D']

_WINDOWS = (3, 5)


def scaled_adjacencies(A: np.ndarray, num_scales: int) -> Tensor:
    """Disentangled neighborhoods (num_scales, V, V): nodes exactly 0, 1, ... steps away, and the node itself."""
    scales = [normalize_digraph(k_adjacency(A, k, with_self=True)) for k in range(num_scales)]
    return torch.tensor(np.stack(scales), dtype=torch.float32)


class PointwiseMLP(BaseModule):
    """1x1 convolution, norm and optional ReLU.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        dropout: ratio before the convolution.
        act: end with a ReLU.
    """

    def __init__(self, in_channels: int, out_channels: int, dropout: float = 0, act: bool = True) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Dropout(dropout)] if dropout else [])
        self.layers.extend([nn.Conv2d(in_channels, out_channels, 1), nn.BatchNorm2d(out_channels)])
        if act:
            self.layers.append(build_act(dict(type='ReLU')))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


class MultiScaleGraphConv(BaseModule):
    """Sums over neighborhoods of several scales, mixed by a 1x1 convolution: (N, C, T, V) -> (N, C', T, V).

    Sec. 3.2 of the paper.

    Args:
        num_scales: neighborhoods, from 0 steps to ``num_scales - 1``.
        in_channels: channels of the input.
        out_channels: channels of the output.
        A: adjacency (V, V).
    """

    def __init__(self, num_scales: int, in_channels: int, out_channels: int, A: np.ndarray) -> None:
        super().__init__()
        self.register_buffer('A', scaled_adjacencies(A, num_scales))
        self.PA = nn.Parameter(torch.empty_like(self.A).uniform_(-1e-6, 1e-6))
        self.mlp = PointwiseMLP(in_channels * num_scales, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.einsum('kvu,nctv->nkctu', self.A + self.PA, x)
        return self.mlp(x.flatten(1, 2))  # (N, K, C, T, V) -> (N, K * C, T, V) -> (N, C', T, V)


class TemporalWindows(nn.Module):
    """Join the frames of a sliding window into one larger skeleton: (N, C, T, V) -> (N, C, T', window * V).

    Args:
        window: frames per window.
        stride: frames from one window to the next.
    """

    def __init__(self, window: int, stride: int) -> None:
        super().__init__()
        self.window, self.stride = window, stride

    def forward(self, x: Tensor) -> Tensor:
        half = self.window // 2
        x = F.pad(x, (0, 0, half, self.window - 1 - half))  # T -> T + window - 1
        windows = x.unfold(2, self.window, self.stride)  # (N, C, T', V, window)
        return windows.transpose(3, 4).flatten(3)  # -> (N, C, T', window * V)

    def extra_repr(self) -> str:
        return f'window={self.window}, stride={self.stride}'


class WindowG3D(BaseModule):
    """Graph convolution over space and time at once, in windows of one size: (N, C, T, V) -> (N, C', T', V).

    Sec. 3.3 of the paper.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        A: adjacency (V, V).
        num_scales: neighborhoods.
        window: frames per window.
        stride: frames from one window to the next.
    """

    def __init__(
        self, in_channels: int, out_channels: int, A: np.ndarray, num_scales: int, window: int, stride: int
    ) -> None:
        super().__init__()
        # Raw joints (x, y, score) are widened at once, all other inputs when the window is summed.
        embed = out_channels if in_channels == 3 else in_channels
        tiled = np.tile(A + np.eye(len(A)), (window, window))  # every frame of a window is linked to every other
        self.window = window
        self.gcn3d = Sequential(
            TemporalWindows(window, stride), MultiScaleGraphConv(num_scales, in_channels, embed, tiled)
        )
        self.out_conv = nn.Conv3d(embed, out_channels, (1, window, 1))
        self.out_bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.gcn3d(x).unflatten(3, (self.window, -1))  # (N, C, T', window * V) -> (N, C, T', window, V)
        return self.out_bn(self.out_conv(x).squeeze(3))


class MultiWindowG3D(BaseModule):
    """Sum of :class:`WindowG3D` over windows of 3 and of 5 frames.

    The other arguments than ``windows``, the frames of the windows, are those of one window.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        A: np.ndarray,
        num_scales: int,
        stride: int = 1,
        windows: Sequence[int] = _WINDOWS,
    ) -> None:
        super().__init__()
        self.gcn3d = ModuleList(
            WindowG3D(in_channels, out_channels, A, num_scales, window, stride) for window in windows
        )

    def forward(self, x: Tensor) -> Tensor:
        return sum(block(x) for block in self.gcn3d)


@MODELS.register_module()
class MSG3D(GraphNet):
    """Three stages of a space-then-time path and a space-time path: (N, M, T, V, C) -> (N, M, 4 * base, T / 4, V).

    Checkpoint keys are those of PYSKL and of the MMAction2 project of that name.

    Args:
        graph_cfg: keywords of :class:`mmaction.models.utils.Graph`; ``mode`` must give one subset (``'binary_adj'``).
        in_channels: values per joint C.
        base_channels: channels of the first stage, a multiple of 6; each stage doubles them.
        num_gcn_scales: neighborhoods of the space-then-time path.
        num_g3d_scales: neighborhoods of the space-time path.
        num_person: persons M.
        tcn_dropout: ratio after each stage.
        init_cfg: initialization.

    Raises:
        ValueError: a value is out of range.
    """

    def __init__(
        self,
        graph_cfg: Mapping[str, Any],
        in_channels: int = 3,
        base_channels: int = 96,
        num_gcn_scales: int = 13,
        num_g3d_scales: int = 6,
        num_person: int = 2,
        tcn_dropout: float = 0,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(graph_cfg, in_channels, num_person, 'MVC', init_cfg)
        if len(self.graph.A) != 1:
            raise ValueError(
                f'mode ({self.graph.mode!r}) of graph_cfg gives {len(self.graph.A)} subsets of edges; MSG3D takes '
                "one. Choose 'binary_adj'."
            )
        at_least(1, num_gcn_scales, 'num_gcn_scales')
        at_least(1, num_g3d_scales, 'num_g3d_scales')
        A = self.graph.A[0]
        self.base_channels = base_channels
        widths = [in_channels, base_channels, 2 * base_channels, 4 * base_channels]
        for stage in (1, 2, 3):
            before, width = widths[stage - 1], widths[stage]
            # The first stage widens and keeps time, the others halve it and widen in their first temporal convolution.
            stride = 1 if stage == 1 else 2
            mid = width if stage == 1 else before
            spatial = Sequential(
                MultiScaleGraphConv(num_gcn_scales, before, mid, A),
                BranchTCN(mid, width, stride=stride),
                BranchTCN(width, width, act=False),
            )
            self.add_module(f'gcn3d{stage}', MultiWindowG3D(before, width, A, num_g3d_scales, stride))
            self.add_module(f'sgcn{stage}', spatial)
            self.add_module(f'tcn{stage}', BranchTCN(width, width, tcn_dropout=tcn_dropout))
        self.register_buffer('A', self.adjacency()[0])  # unused, but part of published weights

    def features(self, x: Tensor) -> Tensor:
        for stage in (1, 2, 3):
            spatial, space_time, temporal = (getattr(self, f'{name}{stage}') for name in ('sgcn', 'gcn3d', 'tcn'))
            x = temporal(torch.relu(spatial(x) + space_time(x)))
        return x
