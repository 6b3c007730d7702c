"""UniFormer (Li et al., 2022, https://arxiv.org/abs/2201.04676)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mmaction.models.backbones.vit.uniformer_blocks import (
    CBlock,
    CMlp,
    GlobalBlock,
    LocalBlock,
    PatchEmbed,
    SABlock,
    SpeicalPatchEmbed,
    bn_3d,
    conv_1x1x1,
    conv_1xnxn,
    conv_3x3x3,
    conv_3xnxn,
    conv_5x5x5,
)
from mmaction.models.common.recompute import run_block
from mmaction.models.common.window_attention import drop_path_rates
from mmaction.registry import MODELS
from mmaction.weights import Pretrained
from mmaction.weights.fit import inflate_centre
from mmaction.weights.pretrained import TRANSFORMER_INIT, InitCfg
from mmaction.weights.tables.uniformer import AUTHORS

__all__ = [
    'CBlock',
    'CMlp',
    'GlobalBlock',
    'LocalBlock',
    'PatchEmbed',
    'SABlock',
    'SpeicalPatchEmbed',
    'UniFormer',
    'bn_3d',
    'conv_1x1x1',
    'conv_1xnxn',
    'conv_3x3x3',
    'conv_3xnxn',
    'conv_5x5x5',
]


@MODELS.register_module()
class UniFormer(Pretrained):
    """Local relations at the first two stages, global ones at the last two.

    Args:
        depth: blocks of each of the four stages.
        img_size: side of the clips in pixels, a multiple of 32; a keyword of published configs without effect.
        in_chans: channels of the clips.
        embed_dim: channels of each stage.
        head_dim: channels of an attention head.
        mlp_ratio: hidden channels of an MLP, as a multiple of its input channels.
        qkv_bias: whether the projections to queries, keys and values have a bias.
        qk_scale: factor of the attention logits; None: ``head_dim ** -0.5``.
        drop_rate: dropout of the tokens, the MLPs and the attention output.
        attn_drop_rate: dropout of the attention weights.
        drop_path_rate: stochastic depth of the last block; it increases linearly from 0.
        pretrained2d: whether ``pretrained`` is a UniFormer for images, whose kernels become the middle frame of ours.
        pretrained: path or URL of weights that :meth:`init_weights` loads.
        init_cfg: initialization.
        with_cp: recompute each block in the backward pass instead of keeping its activations.

    Shape:
        (B, in_chans, T, H, W) -> (B, embed_dim[3], T/2, H/32, W/32).
    """

    tables = (AUTHORS,)
    ignore = r'^(head|pre_logits|cls_head)\.'

    unused_hooks = {
        '_load_pretrained': 'Override load_pretrained.',
        '_inflate_weight': 'Override fit, which brings each weight into its shape.',
    }

    def __init__(
        self,
        depth: Sequence[int] = [5, 8, 20, 7],
        img_size: int = 224,
        in_chans: int = 3,
        embed_dim: Sequence[int] = [64, 128, 320, 512],
        head_dim: int = 64,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        qk_scale: float | None = None,
        drop_rate: float = 0.0,
        attn_drop_rate: float = 0.0,
        drop_path_rate: float = 0.0,
        pretrained2d: bool = True,
        pretrained: str | None = None,
        init_cfg: InitCfg = TRANSFORMER_INIT,
        with_cp: bool = False,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        self.with_cp = with_cp
        for name, value in (('depth', depth), ('embed_dim', embed_dim)):
            if len(value) != 4:
                raise ValueError(f'{name} ({list(value)}) must have one entry per stage (4).')
        if img_size % 32:
            raise ValueError(f'img_size ({img_size}) must be a multiple of 32.')
        self.pretrained2d = pretrained2d
        rates = drop_path_rates(drop_path_rate, depth)
        self.pos_drop = nn.Dropout(drop_rate)
        self.patch_embed1 = SpeicalPatchEmbed(img_size, 4, in_chans, embed_dim[0])
        widths = (in_chans, *embed_dim)
        for stage in (2, 3, 4):
            side = img_size // 2**stage
            self.add_module(f'patch_embed{stage}', PatchEmbed(side, 2, widths[stage - 1], widths[stage]))
        for stage, dim in enumerate(embed_dim, start=1):
            block = CBlock if stage <= 2 else SABlock
            blocks = nn.ModuleList(
                block(dim, dim // head_dim, mlp_ratio, qkv_bias, qk_scale, drop_rate, attn_drop_rate, rate)
                for rate in rates[stage - 1]
            )
            self.add_module(f'blocks{stage}', blocks)
        self.norm = nn.BatchNorm3d(embed_dim[3])

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Make 2D kernels the middle frame of ours, if ``pretrained2d``."""
        return inflate_centre(name, weight, shape) if self.pretrained2d else weight

    def forward(self, x: Tensor) -> Tensor:
        for stage in range(1, 5):
            x = getattr(self, f'patch_embed{stage}')(x)
            if stage == 1:
                x = self.pos_drop(x)
            for block in getattr(self, f'blocks{stage}'):
                x = run_block(block, x, with_cp=self.with_cp)
        return self.norm(x)
