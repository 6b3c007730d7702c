"""One feature of a video from those of its frames (CLIP4Clip, sec. 3.3, https://arxiv.org/abs/2104.08860)."""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.common.clip_block import CLIPTransformer
from mmaction.registry import MODELS


@MODELS.register_module()
class SimpleMeanAdapter(BaseModule):
    """Mean over a dimension: the "mean pooling" of the paper.

    Args:
        dim: the dimension of the frames.
    """

    def __init__(self, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(dim=self.dim)  # (B, N, D) -> (B, D)


@MODELS.register_module()
class TransformerAdapter(BaseModule):
    """Transformer over the frames, with a residual connection, then the mean: the "sequential type" of the paper.

    Args:
        num_segs: frames N per video.
        transformer_width: features D.
        transformer_heads: heads of the attention.
        transformer_layers: number of blocks.
    """

    def __init__(self, num_segs: int, transformer_width: int, transformer_heads: int, transformer_layers: int) -> None:
        super().__init__()
        self.num_segs = num_segs
        self.positional_embedding = nn.Embedding(num_segs, transformer_width)
        self.transformer = CLIPTransformer(transformer_width, transformer_layers, transformer_heads)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, D) -> (B, D).

        Raises:
            ValueError: there are more than ``num_segs`` frames.
        """
        if x.shape[1] > self.num_segs:
            raise ValueError(f'A video has {x.shape[1]} frames; num_segs is {self.num_segs}.')
        positions = self.positional_embedding(torch.arange(x.shape[1], device=x.device))
        return (x + self.transformer(x + positions)).mean(dim=1)
