"""Base of the graph networks: the graph, the norm of the joints and a stack of blocks."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from mmengine.model import BaseModule, ModuleList
from torch import Tensor, nn

from mmaction.models.backbones.gcn.temporal import mstcn, shortcut, unit_tcn
from mmaction.structures.graph import Graph
from mmaction.utils.check import at_least, pick
from mmaction.weights import PretrainedConvNet

__all__ = ['GraphBlock', 'GraphNet', 'StackedGraphNet', 'StagePlan', 'options_by_stage', 'plan_stages']

JointNorm = Literal['MVC', 'VC'] | None
MakeLayer = Callable[..., nn.Module]

_TCN: dict[str, MakeLayer] = {'unit_tcn': unit_tcn, 'mstcn': mstcn}


@dataclass(frozen=True)
class StagePlan:
    """Channels and temporal stride of a block."""

    in_channels: int
    out_channels: int
    stride: int


def plan_stages(
    base_channels: int,
    num_stages: int,
    inflate_stages: Collection[int],
    down_stages: Collection[int],
    ch_ratio: float = 2,
) -> list[StagePlan]:
    """Plan blocks 2..num_stages; ``inflate_stages`` widen by ``ch_ratio``, ``down_stages`` halve time."""
    at_least(1, num_stages, 'num_stages')
    plans = []
    width = base_channels
    times = 0  # the network has widened so far
    for stage in range(2, num_stages + 1):
        times += stage in inflate_stages
        # Powers of a float ratio may fall just short of an integer, which int() would round down.
        out = int(base_channels * ch_ratio**times + 1e-4)
        plans.append(StagePlan(width, out, 2 if stage in down_stages else 1))
        width = out
    return plans


def options_by_stage(options: Mapping[str, Any], num_stages: int) -> list[dict[str, Any]]:
    """Options of each block: a tuple with one entry per stage is distributed, any other value holds for every stage.

    The first block has no dropout: its input is the raw joints.
    """
    by_stage: list[dict[str, Any]] = [{} for _ in range(num_stages)]
    for name, value in options.items():
        per_stage = isinstance(value, tuple) and len(value) == num_stages
        for stage, stage_options in enumerate(by_stage):
            stage_options[name] = value[stage] if per_stage else copy.deepcopy(value)
    by_stage[0].pop('tcn_dropout', None)
    return by_stage


def _pick(
    options: Mapping[str, Any], prefix: str, table: Mapping[str, MakeLayer], default: str
) -> tuple[MakeLayer, dict[str, Any]]:
    """The layer selected by ``<prefix>type``, and the other options with the prefix; unknown ones raise."""
    mine = {name.removeprefix(prefix): value for name, value in options.items() if name.startswith(prefix)}
    kind = mine.pop('type', default)
    if kind not in table:
        raise ValueError(f'{prefix}type ({kind!r}) is not supported. Choose one of {sorted(table)}.')
    fixed = {'in_channels', 'out_channels', 'A', 'stride', 'init_cfg'}
    known = [name for name in inspect.signature(table[kind]).parameters if name not in fixed]
    unknown = [f'{prefix}{name}' for name in mine if name not in known]
    if unknown:
        raise TypeError(f'{unknown} are not options of {kind}. It has {[f"{prefix}{name}" for name in known]}.')
    return table[kind], mine


class GraphBlock(BaseModule):
    """Graph convolution, temporal convolution, and a shortcut around both: (N, C, T, V) -> (N, C', T', V).

    A subclass declares its graph convolutions.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        A: adjacency (K, V, V).
        stride: frames.
        residual: whether there is a shortcut.
        init_cfg: initialization.
        **options: keywords of the graph convolution with the prefix ``gcn_`` and of the temporal one with ``tcn_``;
            ``gcn_type`` and ``tcn_type`` ('unit_tcn' or 'mstcn') select them.
    """

    graph_convolutions: ClassVar[Mapping[str, MakeLayer]]  # that gcn_type selects from; the first is the default

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        A: Tensor,
        stride: int = 1,
        residual: bool = True,
        init_cfg: dict | list[dict] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        unknown = [name for name in options if not name.startswith(('gcn_', 'tcn_'))]
        if unknown:
            raise TypeError(f'{unknown} are unknown keywords. Those of the blocks start with gcn_ or tcn_.')
        gcn = self.graph_convolutions
        make_gcn, gcn_options = _pick(options, 'gcn_', gcn, next(iter(gcn)))
        make_tcn, tcn_options = _pick(options, 'tcn_', _TCN, 'unit_tcn')
        self.gcn = make_gcn(in_channels, out_channels, A, **gcn_options)
        self.tcn = make_tcn(out_channels, out_channels, stride=stride, **tcn_options)
        self.residual = shortcut(in_channels, out_channels, stride) if residual else None
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.tcn(self.gcn(x))
        return self.relu(y if self.residual is None else y + self.residual(x))


class GraphNet(PretrainedConvNet):
    """Base of the networks over skeletons. A subclass builds its layers and defines ``features``.

    Args:
        graph_cfg: keywords of :class:`Graph`.
        in_channels: values per joint C, such as x, y and confidence.
        num_person: persons M.
        data_bn_type: statistics that normalize the joints: ``'VC'`` one per value and joint,
            ``'MVC'`` also for each person, None: not at all.
        init_cfg: initialization.
    """

    def __init__(
        self,
        graph_cfg: Mapping[str, Any],
        in_channels: int,
        num_person: int,
        data_bn_type: JointNorm,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        pick(('MVC', 'VC', None), data_bn_type, 'data_bn_type')
        self.graph = Graph(**graph_cfg)
        self.in_channels, self.num_person, self.data_bn_type = in_channels, num_person, data_bn_type
        width = in_channels * self.graph.num_node
        widths = {'MVC': num_person * width, 'VC': width}
        self.data_bn = nn.Identity() if data_bn_type is None else nn.BatchNorm1d(widths[data_bn_type])

    def adjacency(self) -> Tensor:
        """New tensor with the edges of the graph (K, V, V)."""
        return torch.tensor(self.graph.A, dtype=torch.float32)

    def features(self, x: Tensor) -> Tensor:
        """(N * M, C, T, V) -> (N * M, C', T', V)."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """(N, M, T, V, C) -> (N, M, C', T', V): N samples, M persons, T frames, V joints, C values per joint."""
        self._check(x)
        n, m, t, v, c = x.shape
        x = x.permute(0, 1, 3, 4, 2)  # (N, M, T, V, C) -> (N, M, V, C, T)
        persons = m if self.data_bn_type == 'MVC' else 1  # that have statistics of their own
        x = self.data_bn(x.reshape(-1, persons * v * c, t))
        x = x.view(n * m, v, c, t).permute(0, 2, 3, 1).contiguous()  # -> (N * M, C, T, V)
        return self.features(x).unflatten(0, (n, m))

    def _check(self, x: Tensor) -> None:
        if x.ndim != 5:
            raise ValueError(f'{type(self).__name__} takes (N, M, T, V, C), got shape {tuple(x.shape)}.')
        if x.shape[3] != self.graph.num_node:
            raise ValueError(
                f'The skeletons have {x.shape[3]} joints, the graph has {self.graph.num_node}. '
                'Set layout of graph_cfg to that of the data.'
            )
        if x.shape[4] != self.in_channels:
            raise ValueError(f'Each joint has {x.shape[4]} values. Set in_channels ({self.in_channels}) to that.')
        if self.data_bn_type == 'MVC' and x.shape[1] != self.num_person:
            raise ValueError(
                f'The samples have {x.shape[1]} persons, the network takes num_person ({self.num_person}). '
                'Let FormatGCNInput make it that many, or set data_bn_type to another value.'
            )


class StackedGraphNet(GraphNet):
    """Blocks in sequence, registered as ``gcn``. A subclass declares its block.

    The arguments are those of :class:`~mmaction.models.backbones.STGCN`; see :class:`GraphBlock` and
    :func:`options_by_stage` for ``options``.
    """

    block: ClassVar[type[GraphBlock]]

    def __init__(
        self,
        graph_cfg: Mapping[str, Any],
        in_channels: int = 3,
        base_channels: int = 64,
        data_bn_type: JointNorm = 'VC',
        ch_ratio: float = 2,
        num_person: int = 2,
        num_stages: int = 10,
        inflate_stages: Collection[int] = (5, 8),
        down_stages: Collection[int] = (5, 8),
        init_cfg: dict | list[dict] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(graph_cfg, in_channels, num_person, data_bn_type, init_cfg)
        plans = plan_stages(base_channels, num_stages, inflate_stages, down_stages, ch_ratio)
        by_stage = options_by_stage(options, num_stages)
        self.gcn = ModuleList()
        if in_channels != base_channels:
            first = self.block(in_channels, base_channels, self.adjacency(), residual=False, **by_stage[0])
            self.gcn.append(first)
        for plan, stage_options in zip(plans, by_stage[1:]):
            block = self.block(plan.in_channels, plan.out_channels, self.adjacency(), plan.stride, **stage_options)
            self.gcn.append(block)
        self.base_channels, self.ch_ratio = base_channels, ch_ratio
        self.num_stages = len(self.gcn)
        self.inflate_stages, self.down_stages = list(inflate_stages), list(down_stages)

    def features(self, x: Tensor) -> Tensor:
        for block in self.gcn:
            x = block(x)
        return x
