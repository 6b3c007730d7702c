"""Attention among neighbours in time, in blocks: cost T * window, without a loop over time.

Legend: B batch, h heads, T time steps, D channels per head, n blocks, r reach (steps to either side).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def local_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, window: int, dropout: float = 0.0) -> Tensor:
    """Softmax attention of each step to the ``window`` steps around it, without padding.

    Time is split into blocks of r = window // 2 steps. The queries of a block reach only the block itself, the previous
    and the next one; within this (r, 3r) rectangle a band masks the steps that are too far away.

    Args:
        q: queries (B, h, T, D).
        k: keys, likewise.
        v: values, likewise.
        mask: bool (B, T), False for padding, where the results are undefined.
        window: odd number of steps, or -1 for all.
        dropout: dropout ratio of the attention weights.

    Returns:
        (B, h, T, D).
    """
    length = q.shape[2]
    reach = window // 2
    if window < 0 or reach >= length:
        itself = torch.eye(length, dtype=torch.bool, device=q.device)  # a row of the mask without any True gives NaN
        allowed = (mask[:, None, :] | itself)[:, None]  # (B, 1, T, T)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=allowed, dropout_p=dropout)

    reach = max(reach, 1)  # a window of one step still needs blocks of at least one
    blocks = -(-length // reach)
    tail = blocks * reach - length

    def cut(x: Tensor) -> Tensor:
        """(B, h, T, D) -> (B, n, h, 3r, D): each block with its neighbours."""
        x = F.pad(x, (0, 0, reach, reach + tail)).unfold(2, 3 * reach, reach)  # (B, h, n, D, 3r)
        return x.permute(0, 2, 1, 4, 3)

    queries = F.pad(q, (0, 0, 0, tail)).unflatten(2, (blocks, reach)).transpose(1, 2)  # (B, n, h, r, D)
    there = F.pad(mask, (reach, reach + tail)).unfold(1, 3 * reach, reach)  # (B, n, 3r)
    distance = torch.arange(3 * reach, device=q.device) - reach - torch.arange(reach, device=q.device)[:, None]
    allowed = (there[:, :, None] & (distance.abs() <= window // 2)) | (distance == 0)  # (B, n, r, 3r)
    out = F.scaled_dot_product_attention(
        queries.flatten(0, 1),
        cut(k).flatten(0, 1),
        cut(v).flatten(0, 1),
        attn_mask=allowed.flatten(0, 1)[:, None],
        dropout_p=dropout,
    )  # (B * n, h, r, D)
    return out.unflatten(0, (-1, blocks)).transpose(1, 2).flatten(2, 3)[:, :, :length]
