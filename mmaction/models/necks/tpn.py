"""Temporal pyramid network (Yang et al., 2020, https://arxiv.org/abs/2004.03548)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from mmaction.models.common.bricks import fill_bias, is_batch_norm
from mmaction.models.common.conv_module import ConvModule
from mmaction.models.necks._tpn_parts import (
    AuxHead,
    DownSample,
    LevelFusion,
    SpatialModulation,
    TemporalModulation,
)
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.utils.check import pick

__all__ = ['TPN', 'AuxHead', 'DownSample', 'LevelFusion', 'SpatialModulation', 'TemporalModulation']

_PYRAMID_CHANNELS = 2048


@MODELS.register_module()
class TPN(nn.Module):
    """Fusion of the stages of a backbone, which stand for tempos of the action, from slow to fast and back.

    Args:
        in_channels: channels of each level.
        out_channels: channels of the levels inside the pyramid.
        spatial_modulation_cfg: keywords of :class:`SpatialModulation`.
        temporal_modulation_cfg: ``downsample_scales``, the number of frames that become one, per level. None for no
            modulation.
        upsample_cfg: keywords of ``torch.nn.Upsample`` from a level to the previous one. None for no such flow.
        downsample_cfg: keywords of :class:`DownSample` from a level to the next one. None for no such flow.
        level_fusion_cfg: keywords of :class:`LevelFusion`.
        aux_head_cfg: keywords of :class:`AuxHead`, at the second to last level. None for no such head.
        flow_type: whether the flow to the next levels starts from the result of the other flow ('cascade') or from the
            same levels ('parallel').

    Raises:
        ValueError: an argument does not match the number of levels, or is unknown.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        out_channels: int,
        spatial_modulation_cfg: dict[str, Any] | None = None,
        temporal_modulation_cfg: dict[str, Any] | None = None,
        upsample_cfg: dict[str, Any] | None = None,
        downsample_cfg: dict[str, Any] | None = None,
        level_fusion_cfg: dict[str, Any] | None = None,
        aux_head_cfg: dict[str, Any] | None = None,
        flow_type: Literal['cascade', 'parallel'] = 'cascade',
    ) -> None:
        super().__init__()
        levels = len(in_channels)
        if levels < 2:
            raise ValueError(f'in_channels {tuple(in_channels)} must have at least 2 levels.')
        self.flow_type = pick(('cascade', 'parallel'), flow_type, 'flow_type')
        if spatial_modulation_cfg is None:
            raise ValueError(f'spatial_modulation_cfg must be given: it aligns the {levels} levels.')
        if level_fusion_cfg is None:
            raise ValueError(f'level_fusion_cfg must be given: it fuses the {levels} levels.')
        self.in_channels = tuple(in_channels)
        self.out_channels = out_channels
        self.num_tpn_stages = levels

        self.temporal_modulation_ops = nn.ModuleList()
        if temporal_modulation_cfg is not None:
            scales = temporal_modulation_cfg['downsample_scales']
            if len(scales) != levels:
                raise ValueError(f'downsample_scales {tuple(scales)} must have {levels} entries, one per level.')
            self.temporal_modulation_ops.extend(
                TemporalModulation(in_channels[-1], out_channels, scale) for scale in scales
            )
        flows = range(levels - 1)
        self.upsample_ops = nn.ModuleList()
        if upsample_cfg is not None:
            self.upsample_ops.extend(nn.Upsample(**upsample_cfg) for _ in flows)
        self.downsample_ops = nn.ModuleList()
        if downsample_cfg is not None:
            self.downsample_ops.extend(DownSample(out_channels, out_channels, **downsample_cfg) for _ in flows)
        self.level_fusion_1 = LevelFusion(**level_fusion_cfg)
        self.spatial_modulation = SpatialModulation(**spatial_modulation_cfg)
        self.level_fusion_2 = LevelFusion(**level_fusion_cfg)
        self.pyramid_fusion = ConvModule(
            level_fusion_cfg['out_channels'] * 2,
            _PYRAMID_CHANNELS,
            1,
            bias=False,
            conv_cfg=dict(type='Conv3d'),
            norm_cfg=dict(type='BN3d', requires_grad=True),
        )
        self.aux_head = None if aux_head_cfg is None else AuxHead(in_channels[-2], **aux_head_cfg)

    def init_weights(self) -> None:
        """Initialize convolutions with Xavier and norms with the identity."""
        for m in self.modules():
            if isinstance(m, nn.Conv3d):
                nn.init.xavier_uniform_(m.weight)
            elif is_batch_norm(m):
                nn.init.ones_(m.get_parameter('weight'))
                fill_bias(m)
        if self.aux_head is not None:
            self.aux_head.init_weights()

    def forward(
        self, x: Sequence[Tensor], data_samples: Sequence[ActionDataSample] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Fuse the levels.

        Args:
            x: levels (N, C_i, T, H_i, W_i).
            data_samples: labels, for the loss of the auxiliary head.

        Returns:
            (N, 2048, T', H', W') and a dict with ``loss_aux``, or an empty one.
        """
        if len(x) != self.num_tpn_stages:
            raise ValueError(
                f'TPN takes {self.num_tpn_stages} levels, got {len(x)}; out_indices of the backbone must match.'
            )
        loss_aux = {}
        if self.aux_head is not None and data_samples is not None:
            loss_aux = self.aux_head.loss(x[-2], data_samples)

        levels = self.spatial_modulation(x)
        if self.temporal_modulation_ops:
            levels = [op(level) for op, level in zip(self.temporal_modulation_ops, levels)]
        flow = list(levels)
        for i in reversed(range(len(self.upsample_ops))):
            flow[i] = flow[i] + self.upsample_ops[i](flow[i + 1])
        to_early = self.level_fusion_1(flow)
        if self.flow_type == 'parallel':
            flow = list(levels)
        for i, down in enumerate(self.downsample_ops):
            flow[i + 1] = flow[i + 1] + down(flow[i])
        to_late = self.level_fusion_2(flow)
        return self.pyramid_fusion(torch.cat([to_early, to_late], dim=1)), loss_aux
