"""Temporal pyramid network (Yang et al., 2020, https://arxiv.org/abs/2004.03548)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from mmaction.models.common.bricks import is_batch_norm
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

__all__ = ['TPN', 'AuxHead', 'DownSample', 'LevelFusion', 'SpatialModulation', 'TemporalModulation']

_PYRAMID_CHANNELS = 2048


@MODELS.register_module()
class TPN(nn.Module):
    """Sees the stages of a backbone as tempos of the action, and fuses them from slow to fast and back.

    Args:
        in_channels: channels of each level.
        out_channels: channels of the levels inside the pyramid.
        spatial_modulation_cfg: keywords of :class:`SpatialModulation`.
        temporal_modulation_cfg: ``downsample_scales``, the frames that become one in each level. None: no modulation.
        upsample_cfg: keywords of ``torch.nn.Upsample`` from a level to the one before. None: no such flow.
        downsample_cfg: keywords of :class:`DownSample` from a level to the next. None: no such flow.
        level_fusion_cfg: keywords of :class:`LevelFusion`.
        aux_head_cfg: keywords of :class:`AuxHead`, for the last level but one. None: none.
        flow_type: whether the flow to the next levels starts from what the other flow left ('cascade') or beside it
            ('parallel').

    Raises:
        ValueError: an argument does not fit the number of levels, or is none of its options.
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
            raise ValueError(f'in_channels {tuple(in_channels)} must name at least 2 levels.')
        if flow_type not in ('cascade', 'parallel'):
            raise ValueError(f"flow_type ({flow_type!r}) must be 'cascade' or 'parallel'.")
        for name, cfg in (
            ('spatial_modulation_cfg', spatial_modulation_cfg),
            ('level_fusion_cfg', level_fusion_cfg),
        ):
            if cfg is None:
                raise ValueError(f'{name} must be given: it says how the {levels} levels become alike.')
        self.in_channels, self.out_channels = tuple(in_channels), out_channels
        self.num_tpn_stages, self.flow_type = levels, flow_type

        self.temporal_modulation_ops = nn.ModuleList()
        if temporal_modulation_cfg is not None:
            scales = temporal_modulation_cfg['downsample_scales']
            if len(scales) != levels:
                raise ValueError(f'downsample_scales {tuple(scales)} must have {levels} entries, one a level.')
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
        """Xavier for convolutions, the identity for norms."""
        for m in self.modules():
            if isinstance(m, nn.Conv3d):
                nn.init.xavier_uniform_(m.weight)
            elif is_batch_norm(m):
                nn.init.ones_(m.weight)
                nn.init.zeros_(m.bias)
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
            (N, 2048, T', H', W') and the losses: ``loss_aux``, or none.
        """
        if len(x) != self.num_tpn_stages:
            raise ValueError(
                f'TPN takes {self.num_tpn_stages} levels, got {len(x)}: out_indices of the backbone must name as many.'
            )
        loss_aux = {}
        if self.aux_head is not None and data_samples is not None:
            loss_aux = self.aux_head(x[-2], data_samples)

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
