"""CLIP's image encoder (Radford et al., 2021, https://arxiv.org/abs/2103.00020)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmaction.models.backbones.vit.uniformerv2 import resize_positions
from mmaction.models.common.clip_block import Activation, CLIPTransformer
from mmaction.registry import MODELS
from mmaction.weights import Pretrained
from mmaction.weights.folder import weights_in
from mmaction.weights.pretrained import InitCfg
from mmaction.weights.tables.clip import CLIP, CLIP_HF_VISION


@MODELS.register_module()
class CLIPImageEncoder(Pretrained):
    """Vision transformer with the projection to the space that images and texts share.

    The default sizes are those of ViT-B/32. ``pretrained`` takes the weights of a whole CLIP, by its authors or from
    Hugging Face, or of its image encoder.

    Args:
        embed_dim: features D.
        image_size: side of the images in pixels; other images get resized positions.
        patch_size: side of a patch in pixels.
        width: channels.
        layers: number of blocks.
        heads: heads of the attention.
        activation: of the MLPs: ``'quick_gelu'`` or ``'gelu'``.
        pretrained: path or URL of weights, or a folder of Hugging Face, that :meth:`init_weights` loads.
        init_cfg: initialization.
        with_cp: recompute each block in the backward pass instead of keeping its activations.

    Shape:
        (N, 3, H, W) -> (N, D).
    """

    tables = (CLIP, CLIP_HF_VISION)

    def __init__(
        self,
        embed_dim: int = 512,
        image_size: int = 224,
        patch_size: int = 32,
        width: int = 768,
        layers: int = 12,
        heads: int = 12,
        activation: Activation = 'quick_gelu',
        pretrained: str | None = None,
        init_cfg: InitCfg = None,
        with_cp: bool = False,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        if image_size < patch_size:
            raise ValueError(f'image_size ({image_size}) must be at least patch_size ({patch_size}).')
        self.patch_size = patch_size
        self.side = image_size // patch_size
        scale = width**-0.5
        self.conv1 = nn.Conv2d(3, width, patch_size, patch_size, bias=False)
        self.class_embedding = nn.Parameter(scale * torch.randn(width))
        self.positional_embedding = nn.Parameter(scale * torch.randn(self.side**2 + 1, width))
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = CLIPTransformer(width, layers, heads, activation=activation, with_cp=with_cp)
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(scale * torch.randn(width, embed_dim))

    def load_pretrained(self, source: str) -> None:
        """Load the weights at ``source``, which may be a folder of Hugging Face."""
        super().load_pretrained(weights_in(source))

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Resize the positions to this resolution."""
        if name == 'positional_embedding' and weight.shape[1:] == tuple(shape)[1:] and len(weight) != shape[0]:
            return resize_positions(weight, (self.side, self.side))
        return weight

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)  # (N, 3, H, W) -> (N, C, H', W')
        grid = (x.shape[2], x.shape[3])
        x = x.flatten(2).transpose(1, 2)  # (N, H'*W', C)
        token = self.class_embedding.to(x.dtype).expand(len(x), 1, -1)
        positions: Tensor = self.positional_embedding
        if grid != (self.side, self.side):
            positions = resize_positions(positions, grid)
        x = self.ln_pre(torch.cat([token, x], dim=1) + positions.to(x.dtype))
        x = self.transformer(x)
        return self.ln_post(x[:, 0]) @ self.proj.to(x.dtype)
