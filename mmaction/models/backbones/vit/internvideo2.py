"""Encoder of InternVideo2."""

from __future__ import annotations

import math
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from mmaction.models.backbones.vit.clip_tokens import ClipEncoder
from mmaction.models.common.position import resize_grid
from mmaction.models.common.token_block import RMSNorm
from mmaction.registry import MODELS
from mmaction.weights.tables.internvideo2 import INTERNVIDEO2


@MODELS.register_module()
class InternVideo2(ClipEncoder):
    """ViT over patches of single frames with a class token, RMS norms, normalized queries and keys, and LayerScale.

    `InternVideo2: Scaling Foundation Models for Multimodal Video Understanding <https://arxiv.org/abs/2403.15377>`_.
    Plain PyTorch, where the authors need fused kernels. The default sizes are those of the distilled B/14.

    ``pretrained`` takes the authors' files. Only the encoder is read: the attention pooling (``clip_projector``) and
    the classifier behind it are left out, since a probe takes their place. The output is that of the last block, which
    has no norm of its own; :class:`~mmaction.models.AttentiveHead` normalizes its tokens.

    The names of the entries are the published ones. What they leave open is our reading, and no output was compared
    with the authors': positions are one learned row for the class token and one for each patch, frame by frame; queries
    and keys are normalized over all heads; norms have ``norm_eps``. Shapes that disagree are an error at load.

    Args:
        img_size: side in pixels of the frames that the weights were trained on.
        patch_size: side of a patch in pixels.
        num_frames: frames per clip that the weights were trained on.
        tubelet_size: frames per token.
        embed_dims: channels C of a token.
        depth: layers.
        num_heads: heads of the attention.
        qkv_bias: whether queries, keys and values have biases.
        qk_norm: normalize queries and keys.
        init_values: initial factor of each branch (LayerScale); None: no factors.
        norm_eps: of the RMS norms.
        **encoder: further keywords of :class:`ClipEncoder`: ``frozen_stages``, ``mlp_ratio``, ``pretrained``, ...

    Shape:
        (B, 3, T, H, W) -> (B, C, T', H', W'), or (B, C) without ``return_feat_map``. Positions are resized
        for other T, H and W than the configured ones.

    Raises:
        ValueError: the channels do not divide among the heads, ``frozen_stages`` is out of range, or ``img_size``,
            ``num_frames`` or a clip hold no token.
    """

    tables = (INTERNVIDEO2,)
    class_tokens: ClassVar[int] = 1

    def __init__(
        self,
        img_size: int = 224,
        patch_size: int = 14,
        num_frames: int = 8,
        tubelet_size: int = 1,
        embed_dims: int = 768,
        depth: int = 12,
        num_heads: int = 12,
        qkv_bias: bool = False,
        qk_norm: bool = True,
        init_values: float | None = 1e-5,
        norm_eps: float = 1e-6,
        **encoder: Any,
    ) -> None:
        norm = partial(RMSNorm, eps=norm_eps)
        super().__init__(
            patch_size,
            tubelet_size,
            embed_dims,
            depth,
            num_heads=num_heads,
            qkv_bias=qkv_bias,
            norm=norm,
            qk_norm=norm if qk_norm else None,
            init_values=init_values,
            **encoder,
        )
        side = img_size // patch_size
        self.grid_size = (num_frames // tubelet_size, side, side)
        count = math.prod(self.grid_size)
        if not count:
            raise ValueError(
                f'A clip of {num_frames} frames of {img_size} x {img_size} pixels holds no token of {tubelet_size} x '
                f'{patch_size} x {patch_size}. Raise num_frames or img_size.'
            )
        self.cls_token = nn.Parameter(torch.zeros(1, 1, embed_dims))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + count, embed_dims))
        nn.init.trunc_normal_(self.cls_token, std=0.02)
        nn.init.trunc_normal_(self.pos_embed, std=0.02)
        self.norm = nn.Identity()

    def _resized(self, table: Tensor, size: tuple[int, int, int], to: tuple[int, int, int]) -> Tensor:
        first = self.class_tokens
        return torch.cat([table[:, :first], resize_grid(table[:, first:], size, to)], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        self.check_clip(x)
        x, grid = self.patch_embed(x)
        token = self.cls_token.to(x.dtype).expand(len(x), -1, -1)
        positions = self._resized(self.pos_embed, self.grid_size, grid).to(x.dtype)
        return self.arrange(self.encode(torch.cat([token, x], dim=1) + positions), grid)
