"""AGCN of 2s-AGCN (Shi et al., CVPR 2019, https://arxiv.org/abs/1805.07694) and AAGCN (TIP 2020)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mmaction.models.backbones.gcn.spatial import UnitAAGCN
from mmaction.models.backbones.gcn.stack import JointNorm, StackedGraphNet
from mmaction.registry import MODELS

__all__ = ['AAGCN']


@MODELS.register_module()
class AAGCN(StackedGraphNet):
    """Graph convolutions on graphs that depend on the sample: (N, M, T, V, C) -> (N, M, C', T', V).

    AGCN is ``gcn_attention=False``; AAGCN (https://arxiv.org/abs/1912.06971) adds attention.

    Args:
        graph_cfg: keywords of :class:`mmaction.models.utils.Graph`.
        in_channels: values per joint C. If it equals ``base_channels``, the first block is omitted.
        base_channels: channels of the first block.
        data_bn_type: statistics that normalize the joints: ``'MVC'`` one per value and joint of each
            person, ``'VC'`` the same for all persons, None: not at all.
        num_person: persons M; required only by ``'MVC'``.
        num_stages: number of blocks.
        inflate_stages: blocks, counted from 1, that double the channels.
        down_stages: blocks that halve time.
        init_cfg: initialization.
        **kwargs: keywords of the graph convolution with the prefix ``gcn_`` (``coff_embedding``, ``adaptive``,
            ``attention``), those of the temporal one with ``tcn_``, as for :class:`STGCN`.

    Raises:
        TypeError: a keyword is unknown.
        ValueError: a value is out of range.
    """

    graph_convolutions = {'unit_aagcn': UnitAAGCN}

    def __init__(
        self,
        graph_cfg: Mapping[str, Any],
        in_channels: int = 3,
        base_channels: int = 64,
        data_bn_type: JointNorm = 'MVC',
        num_person: int = 2,
        num_stages: int = 10,
        inflate_stages: Collection[int] = (5, 8),
        down_stages: Collection[int] = (5, 8),
        init_cfg: dict | list[dict] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            graph_cfg,
            in_channels,
            base_channels,
            data_bn_type,
            2,
            num_person,
            num_stages,
            inflate_stages,
            down_stages,
            init_cfg,
            **kwargs,
        )
        self.register_buffer('A', self.adjacency())  # unused, but part of published weights
