"""AGCN of 2s-AGCN (Shi et al., CVPR 2019, https://arxiv.org/abs/1805.07694) and AAGCN (TIP 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmaction.models.backbones.gcn.spatial import unit_aagcn
from mmaction.models.backbones.gcn.stack import GraphBlock, JointNorm, StackedGraphNet
from mmaction.registry import MODELS

__all__ = ['AAGCN', 'AAGCNBlock']


class AAGCNBlock(GraphBlock):
    """Block of :class:`AAGCN`."""

    graph_convolutions = {'unit_aagcn': unit_aagcn}


@MODELS.register_module()
class AAGCN(StackedGraphNet):
    """Graph convolutions on graphs that depend on the sample: (N, M, T, V, C) -> (N, M, C', T', V).

    AGCN is ``gcn_attention=False``; AAGCN (https://arxiv.org/abs/1912.06971) adds attention.

    Args:
        graph_cfg: keywords of :class:`mmaction.models.utils.Graph`.
        in_channels: values per joint C. If it equals ``base_channels``, the first block is omitted.
        base_channels: channels of the first block.
        data_bn_type: as for :class:`STGCN`, by default for each person.
        **kwargs: keywords of :class:`STGCN`; those of the graph convolution are ``gcn_coff_embedding``,
            ``gcn_adaptive`` and ``gcn_attention``.
    """

    block = AAGCNBlock

    def __init__(
        self,
        graph_cfg: Mapping[str, Any],
        in_channels: int = 3,
        base_channels: int = 64,
        data_bn_type: JointNorm = 'MVC',
        **kwargs: Any,
    ) -> None:
        super().__init__(graph_cfg, in_channels, base_channels, data_bn_type, **kwargs)
        self.register_buffer('A', self.adjacency())  # unused, but part of published weights
