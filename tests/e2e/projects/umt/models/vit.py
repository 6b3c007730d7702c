"""The backbone of the project: a VideoMAE of its own, on the toolbox's blocks."""

import torch
from mmengine.logging import MMLogger
from mmengine.runner.checkpoint import _load_checkpoint, load_state_dict
from torch import nn

from mmaction.models.backbones.vit_mae import Attention, Block, VisionTransformer, get_sinusoid_encoding
from mmaction.registry import MODELS
from mmaction.utils import ConfigType, OptConfigType


class ScaledAttention(Attention):
    """Attention whose output has a learned factor."""

    def __init__(self, embed_dims: int, num_heads: int = 8, init_cfg: OptConfigType = None, **kwargs) -> None:
        super().__init__(embed_dims, num_heads=num_heads, init_cfg=init_cfg, **kwargs)
        self.factor = nn.Parameter(torch.ones(embed_dims))

    def forward(self, x):
        return super().forward(x) * self.factor


class UMTBlock(Block):
    """Layer with that attention."""

    def __init__(self, embed_dims: int, num_heads: int, norm_cfg: ConfigType = dict(type='LN', eps=1e-6), **kwargs):
        super().__init__(embed_dims, num_heads, norm_cfg=norm_cfg, **kwargs)
        self.attn = ScaledAttention(embed_dims, num_heads=num_heads)


@MODELS.register_module()
class UMTViT(VisionTransformer):
    """ViT with a class token."""

    def __init__(self, embed_dims=768, depth=12, num_heads=12, pretrained=None, **kwargs):
        super().__init__(embed_dims=embed_dims, depth=depth, num_heads=num_heads, **kwargs)
        self.umt_pretrained = pretrained
        self.cls_token = nn.Parameter(torch.zeros(1, 1, embed_dims))
        positions = self.pos_embed.shape[1] + 1
        self.register_buffer('umt_pos_embed', get_sinusoid_encoding(n_position=positions, embed_dims=embed_dims))
        self.blocks = nn.ModuleList([UMTBlock(embed_dims, num_heads) for _ in range(depth)])

    def init_weights(self):
        super().init_weights()
        if self.umt_pretrained:
            logger = MMLogger.get_current_instance()
            load_state_dict(self, _load_checkpoint(self.umt_pretrained, map_location='cpu'), strict=True, logger=logger)

    def forward(self, x):
        x = self.patch_embed(x)[0]
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1) + self.umt_pos_embed
        for block in self.blocks:
            x = block(x)
        return self.fc_norm(x.mean(1))
