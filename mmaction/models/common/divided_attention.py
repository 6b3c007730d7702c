"""Divided space-time attention: each patch attends along time, then each frame to itself.

Is Space-Time Attention All You Need for Video Understanding? (Bertasius et al., 2021,
https://arxiv.org/abs/2102.05095, sec. 3). Legend: B clips, P patches per frame, T frames, C channels. Tokens are
(B, 1 + P*T, C): a class token, then the frames of the first patch, of the second, ...
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.common.attention import PackedAttention
from mmaction.models.common.bricks import build_norm
from mmaction.models.common.dropout import build_dropout_layer
from mmaction.registry import MODELS
from mmaction.utils.check import warn_unread


class _DividedAttention(BaseModule):
    """Base of both attentions.

    Args:
        embed_dims: channels C.
        num_heads: heads; a divisor of C.
        num_frames: frames T.
        attn_drop: dropout of the attention weights.
        proj_drop: dropout of the output.
        dropout_layer: config of the dropout of the branch.
        norm_cfg: config of the norm.
        init_cfg: config of the initialization.
        **unread: ignored with a warning, as MMAction2 accepts them.
    """

    def __init__(
        self,
        embed_dims: int,
        num_heads: int,
        num_frames: int,
        attn_drop: float = 0.0,
        proj_drop: float = 0.0,
        dropout_layer: Mapping[str, Any] | None = dict(type='DropPath', drop_prob=0.1),
        norm_cfg: Mapping[str, Any] = dict(type='LN'),
        init_cfg: dict | list[dict] | None = None,
        **unread: Any,
    ) -> None:
        super().__init__(init_cfg)
        warn_unread(self, unread)
        self.embed_dims = embed_dims
        self.num_heads = num_heads
        self.num_frames = num_frames
        self.norm = build_norm(norm_cfg, embed_dims)[1]
        self.attn = PackedAttention(embed_dims, num_heads, attn_drop=attn_drop)
        self.proj_drop = nn.Dropout(proj_drop)
        self.dropout_layer = build_dropout_layer(dropout_layer)

    def _branch(self, x: Tensor) -> Tensor:
        return self.dropout_layer(self.proj_drop(self.attn(self.norm(x))))

    def _attend(self, query: Tensor, frames: int) -> Tensor:
        raise NotImplementedError

    def forward(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        residual: Tensor | None = None,
        *,
        num_frames: int | None = None,
        **kwargs: Any,
    ) -> Tensor:
        """(B, 1 + P*T, C) -> the same, with the branch added.

        Args:
            query: the tokens.
            key: None, for the signature of mmcv.
            value: likewise.
            residual: likewise.
            num_frames: T, if it is not the configured one.
            **kwargs: ignored; layers of mmcv pass more, such as positions.
        """
        if any(x is not None and x is not query for x in (key, value)):
            raise ValueError(f'{type(self).__name__} attends to its query: leave out key and value.')
        if residual is not None:
            raise ValueError(f'{type(self).__name__} adds its query: leave out residual, and the norm of the layer.')
        return self._attend(query, num_frames or self.num_frames)


@MODELS.register_module()
class DividedTemporalAttentionWithNorm(_DividedAttention):
    """Attention of each patch to the same patch in all frames, followed by a linear layer that starts at zero.

    The class token is unchanged. The arguments are those of the base.
    """

    def __init__(self, embed_dims: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(embed_dims, *args, **kwargs)
        self.temporal_fc = nn.Linear(embed_dims, embed_dims)
        self._zero()

    def _zero(self) -> None:
        nn.init.zeros_(self.temporal_fc.weight)  # a network pre-trained on images starts unchanged
        nn.init.zeros_(self.temporal_fc.bias)

    def init_weights(self) -> None:
        super().init_weights()
        self._zero()

    def _attend(self, query: Tensor, frames: int) -> Tensor:
        first = query[:, :1]
        x = query[:, 1:]
        branch = self._branch(x.reshape(-1, frames, self.embed_dims))  # (B*P, T, C)
        return torch.cat((first, x + self.temporal_fc(branch).view_as(x)), 1)


@MODELS.register_module()
class DividedSpatialAttentionWithNorm(_DividedAttention):
    """Attention of each frame, with the class token, to itself; the class token becomes the mean over the frames.

    The arguments are those of the base.
    """

    def _attend(self, query: Tensor, frames: int) -> Tensor:
        first = query[:, None, :1].expand(-1, frames, -1, -1)  # (B, T, 1, C)
        rest = query[:, 1:].unflatten(1, (-1, frames)).transpose(1, 2)  # (B, P*T, C) -> (B, T, P, C)
        x = self._branch(torch.cat((first, rest), 2).flatten(0, 1)).unflatten(0, (-1, frames))  # (B, T, 1 + P, C)
        branch = torch.cat((x[:, :, 0].mean(1, keepdim=True), x[:, :, 1:].transpose(1, 2).flatten(1, 2)), 1)
        return query + branch
