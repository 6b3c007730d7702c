"""Head that attends to the tokens of a backbone with a learned query: the attentive probe."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn, zeros

from mmaction.models.common.mlp import Mlp
from mmaction.models.heads._parts import build_dropout, dropped
from mmaction.models.heads._pooled import CROSS_ENTROPY
from mmaction.models.heads.base import BaseHead
from mmaction.registry import MODELS


class _Block(nn.Module):
    """Attention and a feed-forward network, each after a norm and with a shortcut."""

    def __init__(self, dim: int, num_heads: int, mlp_ratio: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, num_heads, batch_first=True)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = Mlp(dim, int(dim * mlp_ratio))

    def forward(self, query: Tensor, tokens: Tensor | None = None) -> Tensor:
        """Queries (N, Q, C) attend to tokens (N, L, C), or to themselves."""
        normed = self.norm1(query if tokens is None else tokens)
        # A learned query needs no norm; queries that are tokens are normalized with them.
        asked = normed if tokens is None else query
        query = query + self.attn(asked, normed, normed, need_weights=False)[0]
        return query + self.mlp(self.norm2(query))


@MODELS.register_module()
class AttentiveHead(BaseHead):
    """A learned query that attends to all tokens of a clip, and a linear layer: a probe of a frozen backbone.

    Source: Bardes et al., `Revisiting Feature Prediction for Learning Visual Representations from Video`, 2024,
    section 4.

    Args:
        num_classes: number of classes C.
        in_channels: channels of the tokens.
        num_heads: attention heads. Default: one for 64 channels.
        depth: blocks; all but the last are self-attention between the tokens.
        mlp_ratio: hidden features of the feed-forward networks, per channel.
        dropout_ratio: dropout before the last layer.
        loss_cls: config of the loss.
        **kwargs: arguments of :class:`BaseHead`.

    Raises:
        ValueError: ``in_channels`` cannot be divided among ``num_heads``, or ``depth`` is below 1.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_heads: int | None = None,
        depth: int = 1,
        mlp_ratio: float = 4.0,
        dropout_ratio: float = 0.0,
        loss_cls: dict = CROSS_ENTROPY,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls=loss_cls, **kwargs)
        heads = max(1, in_channels // 64) if num_heads is None else num_heads
        if depth < 1:
            raise ValueError(f'depth ({depth}) must be at least 1, the block of the query.')
        if in_channels % heads:
            raise ValueError(f'in_channels ({in_channels}) cannot be divided among num_heads ({heads}).')
        self.query = nn.Parameter(zeros(1, 1, in_channels))
        self.blocks = nn.ModuleList([_Block(in_channels, heads, mlp_ratio) for _ in range(depth)])
        self.norm = nn.LayerNorm(in_channels)
        self.dropout = build_dropout(dropout_ratio)
        self.fc_cls = nn.Linear(in_channels, num_classes)

    def init_weights(self) -> None:
        """Initialize from ``init_cfg``; by default all weights from a truncated normal distribution."""
        if self.init_cfg is None:
            nn.init.trunc_normal_(self.query, std=0.02)
            for module in self.modules():
                if isinstance(module, nn.Linear):
                    nn.init.trunc_normal_(module.weight, std=0.02)
                    nn.init.zeros_(module.bias)
        super().init_weights()

    def forward(self, x: Tensor, num_segs: int | None = None, **kwargs: Any) -> Tensor:
        """Class scores.

        Args:
            x: tokens (N, L, C), a feature map (N, C, T, H, W), or (N * num_segs, C, H, W) of a 2D backbone, of whose
                ``num_segs`` frames all positions are tokens.
            num_segs: frames per sample, for a 2D backbone.
            **kwargs: ignored.

        Returns:
            (N, num_classes).

        Raises:
            ValueError: ``x`` has another shape.
        """
        tokens = self._tokens(x, num_segs)
        *before, last = self.blocks
        for block in before:
            tokens = block(tokens)
        pooled = last(self.query.expand(len(tokens), -1, -1), tokens)[:, 0]  # (N, 1, C) -> (N, C)
        scores: Tensor = self.fc_cls(dropped(self.dropout, self.norm(pooled)))
        return scores

    def _tokens(self, x: Tensor, num_segs: int | None) -> Tensor:
        """(N, L, C)."""
        channels_at = -1 if x.ndim == 3 else 1
        if x.ndim not in (3, 4, 5) or x.shape[channels_at] != self.in_channels:
            raise ValueError(
                f'AttentiveHead takes tokens (N, L, {self.in_channels}) or feature maps (N, {self.in_channels}, ...), '
                f'got {tuple(x.shape)}.'
            )
        if x.ndim == 3:
            return x
        tokens = x.flatten(2).transpose(1, 2)  # (N, C, ...) -> (N, L, C)
        if x.ndim == 4 and num_segs:
            tokens = tokens.unflatten(0, (-1, num_segs)).flatten(1, 2)  # (N * S, L, C) -> (N, S * L, C)
        return tokens
