"""Self-attention whose keys have no bias."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.common.attention import Attention


class QVBiasAttention(Attention):
    """:class:`Attention` with biases of the queries and values, ``q_bias`` and ``v_bias``, and none of the keys.

    A bias of the keys shifts all logits of a query equally and cancels in the softmax (BEiT, Bao et al., 2021,
    https://arxiv.org/abs/2106.08254).

    Args:
        dim: channels C.
        num_heads: heads h; a divisor of ``dim``.
        qkv_bias: whether there are biases.
        **keywords: further keywords of :class:`Attention`.
    """

    q_bias: nn.Parameter | None
    v_bias: nn.Parameter | None

    def __init__(self, dim: int, num_heads: int, *, qkv_bias: bool = True, **keywords: Any) -> None:
        super().__init__(dim, num_heads, qkv_bias=False, **keywords)
        for name in ('q_bias', 'v_bias'):
            self.register_parameter(name, nn.Parameter(torch.zeros(dim)) if qkv_bias else None)

    def _qkv(self, x: Tensor) -> Tensor:
        bias = None
        if self.q_bias is not None and self.v_bias is not None:
            bias = torch.cat((self.q_bias, torch.zeros_like(self.v_bias), self.v_bias))
        return F.linear(x, self.qkv.weight, bias)
