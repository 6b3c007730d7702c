"""UniFormerV2 (Li et al., 2022, https://arxiv.org/abs/2211.09552)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmaction.models.backbones.vit.uniformerv2_blocks import (
    Extractor,
    Local_MHRA,
    LocalBlock,
    LocalMHRA,
    QuickGELU,
    ResidualAttentionBlock,
    Transformer,
)
from mmaction.models.common.position import resize_space
from mmaction.registry import MODELS
from mmaction.weights import Pretrained
from mmaction.weights.fit import inflate_centre
from mmaction.weights.pretrained import TRANSFORMER_INIT, InitCfg, split_init_cfg
from mmaction.weights.tables.clip import CLIP, CLIP_WEIGHTS

__all__ = [
    'CLIP_WEIGHTS',
    'IGNORED',
    'OWN_PARTS',
    'PREFIXES',
    'Extractor',
    'LocalBlock',
    'LocalMHRA',
    'Local_MHRA',
    'QuickGELU',
    'ResidualAttentionBlock',
    'Transformer',
    'UniFormerV2',
]

Config = Mapping[str, Any]


# former public name: nested prefixes of an encoder's entries in a checkpoint
PREFIXES = ('backbone.', 'visual.')
# layers of CLIP after the encoder, and classifiers
IGNORED = r'^(ln_post|head|cls_head)\.|^proj$'
# parts that the video model adds to CLIP
OWN_PARTS = r'^transformer\.(dec|dpe|norm)\.|^transformer\.(balance|temporal_cls_token)$|\.lmhra[12]\.'


def resize_positions(table: Tensor, grid: tuple[int, int]) -> Tensor:
    """Resize positions of a class token and n*n patches bicubically: (1 + n*n, C) -> (1 + H*W, C)."""
    side = round((len(table) - 1) ** 0.5)
    return torch.cat([table[:1], resize_space(table[None, 1:], (side, side), grid)[0]])


@MODELS.register_module()
class UniFormerV2(Pretrained):
    """CLIP's image encoder over frames, and extractors that collect a video token from its last layers.

    Args:
        input_resolution: side of the clips in pixels.
        patch_size: side of a patch in pixels.
        width: channels of the image encoder.
        layers: number of its blocks.
        heads: heads of its attention.
        backbone_drop_path_rate: stochastic depth of its last block; it increases linearly from 0.
        t_size: frames per clip; a keyword of published configs without effect.
        kernel_size: frames of the patch embedding with ``temporal_downsample``.
        dw_reduction: channels relative to hidden channels of the local temporal relations.
        temporal_downsample: embed every second frame, together with the ``kernel_size`` frames around it.
        no_lmhra: omit the local temporal relations.
        double_lmhra: apply them twice per block.
        return_list: blocks, from 0, that an extractor follows.
        n_layers: number of extractors.
        n_dim: channels of the extractors; equal to ``width``.
        n_head: heads of their attention.
        mlp_factor: hidden channels of their MLPs, as a multiple of ``n_dim``.
        drop_path_rate: stochastic depth of the last extractor; it increases linearly from 0.
        mlp_dropout: dropout of each extractor's MLP.
        clip_pretrained: whether ``pretrained`` is CLIP's image encoder: ``'ViT-B/16'``, ``'ViT-L/14'``,
            ``'ViT-L/14_336'``, or a path or URL.
        pretrained: path or URL of weights that :meth:`init_weights` loads.
        init_cfg: initialization.
        with_cp: recompute each block in the backward pass instead of keeping its activations.

    Shape:
        (B, 3, T, H, W) -> (B, n_dim).
    """

    ignore = IGNORED

    def __init__(
        self,
        input_resolution: int = 224,
        patch_size: int = 16,
        width: int = 768,
        layers: int = 12,
        heads: int = 12,
        backbone_drop_path_rate: float = 0.0,
        t_size: int = 8,
        kernel_size: int = 3,
        dw_reduction: float = 1.5,
        temporal_downsample: bool = False,
        no_lmhra: bool = True,
        double_lmhra: bool = False,
        return_list: Sequence[int] = [8, 9, 10, 11],
        n_layers: int = 4,
        n_dim: int = 768,
        n_head: int = 12,
        mlp_factor: float = 4.0,
        drop_path_rate: float = 0.0,
        mlp_dropout: Sequence[float] = [0.5, 0.5, 0.5, 0.5],
        clip_pretrained: bool = True,
        pretrained: str | None = None,
        init_cfg: InitCfg = TRANSFORMER_INIT,
        with_cp: bool = False,
    ) -> None:
        # A checkpoint of `init_cfg` is one of this network, whatever `clip_pretrained` says about `pretrained`.
        own, _ = split_init_cfg(init_cfg)
        super().__init__(None if own else pretrained, init_cfg)
        if width != n_dim:
            raise ValueError(f'n_dim ({n_dim}) must equal width ({width}): extractors do not project the tokens.')
        if len(return_list) != n_layers or len(mlp_dropout) != n_layers:
            raise ValueError(
                f'return_list ({list(return_list)}) and mlp_dropout ({list(mlp_dropout)}) must have one entry '
                f'per extractor (n_layers, {n_layers}).'
            )
        if not all(0 <= i < layers for i in return_list):
            raise ValueError(
                f'return_list ({list(return_list)}) must be in 0..{layers - 1}: there are {layers} layers.'
            )
        self.clip_pretrained = clip_pretrained and own is None
        if self.clip_pretrained:
            self.tables, self.optional = (CLIP,), OWN_PARTS
        self.input_resolution, self.patch_size, self.t_size = input_resolution, patch_size, t_size

        frames, step = (kernel_size, 2) if temporal_downsample else (1, 1)
        kernel = (frames, patch_size, patch_size)
        stride = (step, patch_size, patch_size)
        self.conv1 = nn.Conv3d(3, width, kernel, stride, ((frames - 1) // 2, 0, 0), bias=False)
        side = input_resolution // patch_size
        self.class_embedding = nn.Parameter(width**-0.5 * torch.randn(width))
        self.positional_embedding = nn.Parameter(width**-0.5 * torch.randn(side**2 + 1, width))
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = Transformer(
            width,
            layers,
            heads,
            backbone_drop_path_rate=backbone_drop_path_rate,
            dw_reduction=dw_reduction,
            no_lmhra=no_lmhra,
            double_lmhra=double_lmhra,
            return_list=return_list,
            n_layers=n_layers,
            n_dim=n_dim,
            n_head=n_head,
            mlp_factor=mlp_factor,
            drop_path_rate=drop_path_rate,
            mlp_dropout=mlp_dropout,
            with_cp=with_cp,
        )

    def init_rest(self) -> None:
        """Initialize the extractors as identities."""
        for extractor in self.transformer.dec:
            assert isinstance(extractor, Extractor)
            extractor.reset()

    unused_hooks = {
        '_load_pretrained': 'Override load_pretrained.',
        '_inflate_weight': 'Override fit, which brings each weight into its shape.',
    }

    def load_pretrained(self, source: str) -> None:
        """Load the weights at ``source``, or those of CLIP of that name."""
        super().load_pretrained(CLIP_WEIGHTS.get(source, source) if self.clip_pretrained else source)

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Resize the positions to this resolution, and give the patch embedding a time axis."""
        if name == 'positional_embedding' and weight.shape[1:] == tuple(shape)[1:] and len(weight) != shape[0]:
            side = round((shape[0] - 1) ** 0.5)
            return resize_positions(weight, (side, side))
        return inflate_centre(name, weight, shape)

    def token_maps(self, output: Any, clip: Sequence[int]) -> tuple[Tensor, Tensor] | None:
        """Tokens of a local block on their grid (B, C, T', H', W'), and the class tokens (B, C, T', 1, 1) beside it.

        Args:
            output: of a local block or of one of its norms, (B, T', 1 + H' * W', C).
            clip: shape of the clips.

        Returns:
            None if the output is of another form.
        """
        height, width = (side // self.patch_size for side in clip[3:])
        if not isinstance(output, Tensor) or output.ndim != 4 or output.shape[2] != 1 + height * width:
            return None
        maps = output[:, :, 1:].unflatten(2, (height, width)).permute(0, 4, 1, 2, 3)
        return maps, output[:, :, 0].transpose(1, 2)[..., None, None]

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)  # (B, 3, T, H, W) -> (B, C, T, H', W')
        grid = (x.shape[3], x.shape[4])
        x = x.permute(0, 2, 3, 4, 1).flatten(2, 3)  # (B, T, H'*W', C)
        token = self.class_embedding.to(x.dtype).expand(*x.shape[:2], 1, -1)
        positions: Tensor = self.positional_embedding
        if grid != (self.input_resolution // self.patch_size,) * 2:
            positions = resize_positions(positions, grid)
        x = self.ln_pre(torch.cat([token, x], dim=2) + positions.to(x.dtype))
        return self.transformer(x, grid)
