"""ST-GCN (Yan et al., AAAI 2018, https://arxiv.org/abs/1801.07455) and STGCN++ (https://arxiv.org/abs/2205.09443)."""

from __future__ import annotations

from mmaction.models.backbones.gcn.spatial import UnitGCN
from mmaction.models.backbones.gcn.stack import StackedGraphNet
from mmaction.registry import MODELS
from mmaction.weights.tables import mmaction0

__all__ = ['STGCN']


@MODELS.register_module()
class STGCN(StackedGraphNet):
    """Graph convolutions over the joints and convolutions along time in turn: (N, M, T, V, C) -> (N, M, C', T', V).

    STGCN++ is ``gcn_adaptive='init', gcn_with_res=True, tcn_type='mstcn'`` on a graph of ``mode='spatial'``.

    Args:
        graph_cfg: keywords of :class:`mmaction.models.utils.Graph`.
        in_channels: values of a joint C. Where they equal ``base_channels`` the first block is left out.
        base_channels: channels of the first block.
        data_bn_type: statistics that the joints are normalised by: ``'VC'`` one for each value of each joint,
            ``'MVC'`` also for each person, None: not at all.
        ch_ratio: factor of the channels at each of ``inflate_stages``.
        num_person: persons M; only ``'MVC'`` asks for it.
        num_stages: number of blocks.
        inflate_stages: blocks, counted from 1, that widen.
        down_stages: blocks that halve time.
        init_cfg: config of the initialisation.
        **kwargs: those of the graph convolution with the prefix ``gcn_`` (``adaptive``, ``conv_pos``, ``with_res``,
            ``norm``, ``act``), those of the temporal one with ``tcn_`` (``type``: ``'unit_tcn'`` or ``'mstcn'``,
            ``dropout``; for ``'mstcn'`` also ``ms_cfg`` and ``mid_channels``). A tuple with an entry for each stage
            is shared out among them.

    Raises:
        TypeError: a keyword is unknown.
        ValueError: a value is out of range.
    """

    graph_convolutions = {'unit_gcn': UnitGCN}
    tables = (mmaction0.STGCN,)
