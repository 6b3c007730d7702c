"""Encoder of V-JEPA 2 and 2.1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmaction.models.backbones.vit.clip_tokens import ClipEncoder
from mmaction.models.common.token_block import rotation_of_grid
from mmaction.registry import MODELS
from mmaction.weights.tables.vjepa2 import VJEPA2_AUTHORS, VJEPA2_HF


@MODELS.register_module()
class VJEPA2(ClipEncoder):
    """ViT with joint space-time attention whose queries and keys are rotated by their time, row and column.

    `V-JEPA 2: Self-Supervised Video Models Enable Understanding, Prediction and Planning
    <https://arxiv.org/abs/2506.09985>`_ and V-JEPA 2.1 (https://arxiv.org/abs/2603.14482). Rotary positions need no
    table: clips of any length and size do. The default sizes are those of ViT-L.

    ``pretrained`` takes the authors' ``.pt`` (of which the averaged encoder, ``target_encoder`` or ``ema_encoder``, is
    read) and the safetensors, or the folder, of Hugging Face; predictor, pooler and classifier are left out. Of 2.1,
    the ordinary output is the last of four norms, and its inner three and the embedding of images are left out. The
    output for the weights of 2.0 is that of transformers; of 2.1, only the names of the entries are known here: that
    ``video_mod_embed`` is added to the tokens of a clip, and that the positions are those of 2.0, is our reading.

    Args:
        patch_size: side of a tubelet in pixels.
        tubelet_size: frames per tubelet.
        embed_dims: channels C of a token.
        depth: layers.
        num_heads: heads of the attention.
        modality_embed: add the embedding of videos, ``video_mod_embed``, of V-JEPA 2.1.
        **encoder: further keywords of :class:`ClipEncoder`: ``frozen_stages``, ``mlp_ratio``, ``pretrained``, ...

    Shape:
        (B, 3, T, H, W) -> (B, C, T', H', W'), or (B, C) without ``return_feat_map``. An incomplete tubelet at
        the end is ignored.

    Raises:
        ValueError: the channels do not divide among the heads, ``frozen_stages`` is out of range, or a clip is smaller
            than a tubelet.
    """

    tables = (VJEPA2_HF, VJEPA2_AUTHORS)

    def __init__(
        self,
        patch_size: int = 16,
        tubelet_size: int = 2,
        embed_dims: int = 1024,
        depth: int = 24,
        num_heads: int = 16,
        modality_embed: bool = False,
        **encoder: Any,
    ) -> None:
        super().__init__(patch_size, tubelet_size, embed_dims, depth, num_heads=num_heads, **encoder)
        self.head_dim = embed_dims // num_heads
        self.video_mod_embed: nn.Parameter | None = None
        if modality_embed:
            self.video_mod_embed = nn.Parameter(torch.zeros(1, 1, embed_dims))
        self.norm = nn.LayerNorm(embed_dims, eps=1e-6)

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """One value per channel is what an embedding of the modality holds, whatever its shape."""
        if name == 'video_mod_embed' and weight.numel() == self.embed_dims:
            return weight.reshape(*shape)
        return weight

    def forward(self, x: Tensor) -> Tensor:
        self.check_clip(x)
        x, grid = self.patch_embed(x)
        if self.video_mod_embed is not None:
            x = x + self.video_mod_embed.to(x.dtype)
        x = self.encode(x, rotation=rotation_of_grid(grid, self.head_dim, x.device))
        return self.arrange(x, grid)
