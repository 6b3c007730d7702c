"""Feed-forward network of a transformer layer."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.common.bricks import build_act, build_norm
from mmaction.models.common.dropout import build_dropout_layer
from mmaction.models.common.linear_act import linear_act
from mmaction.registry import MODELS
from mmaction.utils.check import at_least


class _Hidden(nn.Sequential):
    """Linear layer, activation and dropout."""

    def forward(self, x: Tensor) -> Tensor:
        linear, act, drop = self
        return drop(linear_act(linear, act, x))


class FFN(BaseModule):
    """Linear layers with activations and a residual connection; names and arguments are those of mmcv.

    Args:
        embed_dims: channels C of input and output.
        feedforward_channels: hidden channels.
        num_fcs: number of linear layers, at least 2.
        act_cfg: config of the activation.
        ffn_drop: dropout after each linear layer.
        dropout_layer: config of the dropout of the branch, such as ``dict(type='DropPath', drop_prob=0.1)``.
        add_identity: whether to add the residual connection.
        init_cfg: config of the initialization.

    Shape:
        (*, C) -> (*, C).
    """

    def __init__(
        self,
        embed_dims: int = 256,
        feedforward_channels: int = 1024,
        num_fcs: int = 2,
        act_cfg: Mapping[str, Any] = dict(type='ReLU', inplace=True),
        ffn_drop: float = 0.0,
        dropout_layer: Mapping[str, Any] | None = None,
        add_identity: bool = True,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        at_least(2, num_fcs, 'num_fcs')
        self.embed_dims = embed_dims
        self.add_identity = add_identity
        widths = [embed_dims, *[feedforward_channels] * (num_fcs - 1)]
        hidden = [_Hidden(nn.Linear(a, b), build_act(act_cfg), nn.Dropout(ffn_drop)) for a, b in pairwise(widths)]
        self.layers = nn.Sequential(*hidden, nn.Linear(feedforward_channels, embed_dims), nn.Dropout(ffn_drop))
        self.dropout_layer = build_dropout_layer(dropout_layer)

    def forward(self, x: Tensor, identity: Tensor | None = None) -> Tensor:
        """Apply the layers; the residual connection adds ``identity``, by default ``x``."""
        out = self.dropout_layer(self.layers(x))
        if not self.add_identity:
            return out
        if identity is None:
            identity = x
        return identity + out


@MODELS.register_module()
class FFNWithNorm(FFN):
    """:class:`FFN` that normalizes its input first; the residual connection bypasses the norm.

    Args:
        *args: arguments of :class:`FFN`.
        norm_cfg: config of the norm.
        **kwargs: arguments of :class:`FFN`.
    """

    def __init__(self, *args: Any, norm_cfg: Mapping[str, Any] = dict(type='LN'), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.norm = build_norm(norm_cfg, self.embed_dims)[1]

    def forward(self, x: Tensor, residual: Tensor | None = None) -> Tensor:
        """Apply norm and layers; the residual connection adds ``residual``, by default ``x``."""
        return super().forward(self.norm(x), x if residual is None else residual)
