"""Feature bank operators: short-term features of boxes with long-term ones of their video.

Source: Wu et al., `Long-Term Feature Banks for Detailed Video Understanding <https://arxiv.org/abs/1812.05038>`_, CVPR
2019, Sec. 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmaction.models.common import ConvModule
from mmaction.models.common.bricks import Config
from mmaction.models.roi_heads._pooling import PoolType, spatial_pool, temporal_pool
from mmaction.models.roi_heads.shared_heads.lfb import LFB
from mmaction.registry import MODELS
from mmaction.utils.check import at_least, known_keys, pick


class NonLocalLayer(nn.Module):
    """Attention of short-term features to long-term ones.

    Shapes: R: boxes. S, L: short-term and long-term features per box.

    Args:
        st_feat_channels: channels of the short-term features.
        lt_feat_channels: channels of the long-term features.
        latent_channels: channels of the attention.
        num_st_feat: S.
        num_lt_feat: L.
        use_scale: divide the affinities by the root of ``latent_channels``.
        pre_activate: norm and ReLU before the last convolution instead of a norm after it.
        pre_activate_with_ln: whether there is a norm before it.
        conv_cfg: layer of the convolutions.
        norm_cfg: layer of their norms, or None.
        dropout_ratio: dropout of the output.
        zero_init_out_conv: initialize the last convolution with 0, so that the layer adds nothing at first.
    """

    def __init__(
        self,
        st_feat_channels: int,
        lt_feat_channels: int,
        latent_channels: int,
        num_st_feat: int,
        num_lt_feat: int,
        use_scale: bool = True,
        pre_activate: bool = True,
        pre_activate_with_ln: bool = True,
        conv_cfg: Config | None = None,
        norm_cfg: Config | None = None,
        dropout_ratio: float = 0.2,
        zero_init_out_conv: bool = False,
    ) -> None:
        super().__init__()
        layer: dict[str, Any] = dict(
            kernel_size=1, conv_cfg=conv_cfg or dict(type='Conv3d'), norm_cfg=norm_cfg, act_cfg=None
        )
        self.st_feat_channels = st_feat_channels
        self.lt_feat_channels = lt_feat_channels
        self.latent_channels = latent_channels
        self.num_st_feat = num_st_feat
        self.num_lt_feat = num_lt_feat
        self.use_scale = use_scale
        self.pre_activate = pre_activate
        self.dropout_ratio = dropout_ratio
        self.zero_init_out_conv = zero_init_out_conv
        self.st_feat_conv = ConvModule(st_feat_channels, latent_channels, **layer)
        self.lt_feat_conv = ConvModule(lt_feat_channels, latent_channels, **layer)
        self.global_conv = ConvModule(lt_feat_channels, latent_channels, **layer)
        self.ln: nn.Module = nn.Identity()
        if not pre_activate:
            self.ln = nn.LayerNorm([st_feat_channels, num_st_feat, 1, 1])
        elif pre_activate_with_ln:
            self.ln = nn.LayerNorm([latent_channels, num_st_feat, 1, 1])
        self.out_conv = ConvModule(latent_channels, st_feat_channels, **layer)
        self.dropout = nn.Dropout(dropout_ratio)

    def init_weights(self) -> None:
        """Initialize the convolutions after He."""
        for name, module in self.named_modules():
            if isinstance(module, nn.Conv3d):
                _kaiming(module)
                if self.zero_init_out_conv and name.startswith('out_conv'):
                    nn.init.zeros_(module.weight)

    def forward(self, st_feat: Tensor, lt_feat: Tensor) -> Tensor:
        """Attend: (R, C, S, 1, 1) and (R, C', L, 1, 1) -> (R, C, S, 1, 1)."""
        query = self.st_feat_conv(st_feat).flatten(2).transpose(1, 2)  # (R, D, S, 1, 1) -> (R, S, D)
        key = self.lt_feat_conv(lt_feat).flatten(2)  # (R, D, L)
        value = self.global_conv(lt_feat).flatten(2).transpose(1, 2)  # (R, L, D)
        affinity = query @ key  # (R, S, L)
        if self.use_scale:
            affinity = affinity / self.latent_channels**0.5
        out = affinity.softmax(-1) @ value  # (R, S, D)
        out = out.transpose(1, 2)[..., None, None]  # (R, D, S, 1, 1)
        if self.pre_activate:
            out = self.out_conv(self.ln(out).relu())
        else:
            out = self.ln(self.out_conv(out))
        dropped: Tensor = self.dropout(out)
        return dropped


def _kaiming(conv: nn.Conv3d) -> None:
    nn.init.kaiming_normal_(conv.weight, mode='fan_out', nonlinearity='relu')
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)


class FBONonLocal(nn.Module):
    """Non-local feature bank operator: layers of attention on top of each other.

    Args:
        st_feat_channels: channels of the short-term features.
        lt_feat_channels: channels of the long-term features.
        latent_channels: channels within, and of the output.
        num_st_feat: short-term features per box.
        num_lt_feat: long-term features per box.
        num_non_local_layers: number of layers.
        st_feat_dropout_ratio: dropout of the short-term features.
        lt_feat_dropout_ratio: dropout of the long-term features.
        pre_activate: see :class:`NonLocalLayer`.
        zero_init_out_conv: see there.
        **kwargs: further arguments of :class:`NonLocalLayer`.
    """

    def __init__(
        self,
        st_feat_channels: int,
        lt_feat_channels: int,
        latent_channels: int,
        num_st_feat: int,
        num_lt_feat: int,
        num_non_local_layers: int = 2,
        st_feat_dropout_ratio: float = 0.2,
        lt_feat_dropout_ratio: float = 0.2,
        pre_activate: bool = True,
        zero_init_out_conv: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        at_least(1, num_non_local_layers, 'num_non_local_layers')
        self.pre_activate = pre_activate
        self.st_feat_conv = nn.Conv3d(st_feat_channels, latent_channels, kernel_size=1)
        self.lt_feat_conv = nn.Conv3d(lt_feat_channels, latent_channels, kernel_size=1)
        self.st_feat_dropout = nn.Dropout(st_feat_dropout_ratio)
        self.lt_feat_dropout = nn.Dropout(lt_feat_dropout_ratio)
        self.non_local_layers = [f'non_local_layer_{number}' for number in range(1, num_non_local_layers + 1)]
        for name in self.non_local_layers:
            layer = NonLocalLayer(
                latent_channels,
                latent_channels,
                latent_channels,
                num_st_feat,
                num_lt_feat,
                pre_activate=pre_activate,
                zero_init_out_conv=zero_init_out_conv,
                **kwargs,
            )
            self.add_module(name, layer)

    def init_weights(self) -> None:
        """Initialize the convolutions after He."""
        _kaiming(self.st_feat_conv)
        _kaiming(self.lt_feat_conv)
        for name in self.non_local_layers:
            getattr(self, name).init_weights()

    def forward(self, st_feat: Tensor, lt_feat: Tensor) -> Tensor:
        """Combine: (R, C, S, 1, 1) and (R, C', L, 1, 1) -> (R, latent_channels, S, 1, 1)."""
        st_feat = self.st_feat_dropout(self.st_feat_conv(st_feat))
        lt_feat = self.lt_feat_dropout(self.lt_feat_conv(lt_feat))
        for name in self.non_local_layers:
            st_feat = st_feat + getattr(self, name)(st_feat, lt_feat)
            if not self.pre_activate:
                st_feat = st_feat.relu()
        return st_feat


class _FBOPool(nn.Module):
    """Pooling of the long-term features; the short-term ones have no part in it."""

    pool: nn.Module

    def init_weights(self) -> None:
        """Do nothing: there are no weights."""

    def forward(self, st_feat: Tensor, lt_feat: Tensor) -> Tensor:
        """Pool: (R, C, S, 1, 1) and (R, C', L, 1, 1) -> (R, C', 1, 1, 1)."""
        pooled: Tensor = self.pool(lt_feat)
        return pooled


class FBOAvg(_FBOPool):
    """Average of the long-term features."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = temporal_pool('avg')


class FBOMax(_FBOPool):
    """Maximum of the long-term features."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = temporal_pool('max')


_POOLS: dict[str, type[FBOAvg | FBOMax]] = {'avg': FBOAvg, 'max': FBOMax}
# Configs change the type alone and keep the numbers of the operator that they inherit.
_INHERITED = [
    'st_feat_channels',
    'lt_feat_channels',
    'latent_channels',
    'num_st_feat',
    'num_lt_feat',
    'num_non_local_layers',
    'st_feat_dropout_ratio',
    'lt_feat_dropout_ratio',
    'pre_activate',
    'zero_init_out_conv',
]


def build_fbo(cfg: Mapping[str, Any]) -> FBONonLocal | FBOAvg | FBOMax:
    """Build a feature bank operator.

    Args:
        cfg: ``type``, ``'non_local'`` (the default), ``'avg'`` or ``'max'``, and the arguments of
            :class:`FBONonLocal`, which the other two have no use for.
    """
    keywords = dict(cfg)
    kind = pick(('non_local', *_POOLS), keywords.pop('type', 'non_local'), 'type of fbo_cfg')
    if kind == 'non_local':
        return FBONonLocal(**keywords)
    known_keys('fbo_cfg', keywords, _INHERITED)
    return _POOLS[kind]()


@MODELS.register_module()
class FBOHead(nn.Module):
    """Append to the feature of each box what a feature bank operator makes of the long-term features of its video.

    Args:
        lfb_cfg: arguments of :class:`LFB`.
        fbo_cfg: see :func:`build_fbo`.
        temporal_pool_type: ``'avg'`` or ``'max'`` over time.
        spatial_pool_type: ``'avg'`` or ``'max'`` over space.
    """

    def __init__(
        self,
        lfb_cfg: Mapping[str, Any],
        fbo_cfg: Mapping[str, Any],
        temporal_pool_type: PoolType = 'avg',
        spatial_pool_type: PoolType = 'max',
    ) -> None:
        super().__init__()
        self.fbo = build_fbo(fbo_cfg)
        self.temporal_pool = temporal_pool(temporal_pool_type)
        self.spatial_pool = spatial_pool(spatial_pool_type)
        self.lfb = LFB(**lfb_cfg)

    def init_weights(self) -> None:
        """Initialize the operator."""
        self.fbo.init_weights()

    def sample_lfb(self, rois: Tensor, img_metas: Sequence[Mapping[str, Any]]) -> Tensor:
        """Long-term features of the video of each box, drawn at random in training only.

        Args:
            rois: (R, 5): index of the sample, and the box.
            img_metas: meta information of the samples, with ``img_key``, ``'video,second'``.

        Returns:
            (R, channels, features, 1, 1).
        """
        features = [self.lfb.sample(meta['img_key'], is_random=self.training) for meta in img_metas]
        lt_feat = torch.stack(features).to(rois.device).transpose(1, 2)[..., None, None]  # (N, C, L, 1, 1)
        return lt_feat[rois[:, 0].long()]

    def forward(self, x: Tensor, rois: Tensor, img_metas: Sequence[Mapping[str, Any]], **kwargs: Any) -> Tensor:
        """Append long-term features: (R, C, T, h, w) -> (R, C + channels of the operator, 1, 1, 1).

        Args:
            x: features of the boxes.
            rois: see :meth:`sample_lfb`.
            img_metas: see :meth:`sample_lfb`.
            **kwargs: ignored.
        """
        st_feat = self.spatial_pool(self.temporal_pool(x))
        lt_feat = self.sample_lfb(rois, img_metas).to(st_feat.dtype)
        return torch.cat([st_feat, self.fbo(st_feat, lt_feat)], dim=1)
