"""ST-GCN (Yan et al., AAAI 2018, https://arxiv.org/abs/1801.07455) and STGCN++ (https://arxiv.org/abs/2205.09443)."""

from __future__ import annotations

from mmaction.models.backbones.gcn.spatial import unit_gcn
from mmaction.models.backbones.gcn.stack import GraphBlock, StackedGraphNet
from mmaction.registry import MODELS
from mmaction.weights.tables import mmaction0

__all__ = ['STGCN', 'STGCNBlock']


class STGCNBlock(GraphBlock):
    """Block of :class:`STGCN`."""

    graph_convolutions = {'unit_gcn': unit_gcn}


@MODELS.register_module()
class STGCN(StackedGraphNet):
    """Alternating graph convolutions over joints and temporal convolutions: (N, M, T, V, C) -> (N, M, C', T', V).

    STGCN++ is ``gcn_adaptive='init', gcn_with_res=True, tcn_type='mstcn'`` on a graph of ``mode='spatial'``.

    Args:
        graph_cfg: keywords of :class:`mmaction.models.utils.Graph`.
        in_channels: values per joint C. If it equals ``base_channels``, the first block is omitted.
        base_channels: channels of the first block.
        data_bn_type: statistics that normalize the joints: ``'VC'`` one per value and joint,
            ``'MVC'`` also for each person, None: not at all.
        ch_ratio: factor of the channels at each of ``inflate_stages``.
        num_person: persons M; required only by ``'MVC'``.
        num_stages: number of blocks.
        inflate_stages: blocks, counted from 1, that widen.
        down_stages: blocks that halve time.
        init_cfg: initialization.
        **kwargs: keywords of the graph convolution with the prefix ``gcn_`` (``adaptive``, ``conv_pos``, ``with_res``,
            ``norm``, ``act``), those of the temporal one with ``tcn_`` (``type``: ``'unit_tcn'`` or ``'mstcn'``,
            ``dropout``; for ``'mstcn'`` also ``ms_cfg`` and ``mid_channels``). A tuple with one entry per stage
            is distributed over them.

    Raises:
        TypeError: a keyword is unknown.
        ValueError: a value is out of range.
    """

    block = STGCNBlock
    tables = (mmaction0.STGCN,)
