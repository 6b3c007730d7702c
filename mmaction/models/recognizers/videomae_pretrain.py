"""Masked pre-training of a video transformer: the hidden nine tenths of a clip are restored from the rest."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.backbones.vit.vit_mae import Block, VisionTransformer
from mmaction.models.base import Model, Samples, build
from mmaction.models.common.bricks import build_norm
from mmaction.models.common.conv2plus1d import triple
from mmaction.models.common.position import resize_grid, sine_table
from mmaction.registry import MODELS


def tube_places(batch: int, grid: tuple[int, int, int], mask_ratio: float, device: Any = None) -> tuple[Tensor, Tensor]:
    """Draw the visible and hidden tubelets of each clip: the same positions in all frames (VideoMAE, sec. 3.2).

    Args:
        batch: clips B.
        grid: tubelets (T', H', W') per clip.
        mask_ratio: ratio of the positions to hide; their number is rounded down.
        device: device of the random numbers.

    Returns:
        Indices of the visible (B, V) and of the hidden tubelets (B, M), each in ascending order; V + M = T'*H'*W'.
    """
    frames = grid[0]
    places = grid[1] * grid[2]
    hidden = int(mask_ratio * places)
    if not 0 < hidden < places:
        raise ValueError(
            f'mask_ratio ({mask_ratio}) hides {hidden} of {places} positions; at least one must be hidden, one visible.'
        )
    order = torch.rand(batch, places, device=device).argsort(1)
    starts = torch.arange(frames, device=device)[:, None] * places  # (T', 1)

    def in_all_frames(chosen: Tensor) -> Tensor:
        return (chosen.sort(1).values[:, None] + starts).flatten(1)  # (B, n) -> (B, T'*n)

    return in_all_frames(order[:, hidden:]), in_all_frames(order[:, :hidden])


def tubelet_pixels(x: Tensor, tubelet: tuple[int, int, int], normalise: bool = True) -> Tensor:
    """Pixels of each tubelet: (B, C, T, H, W) -> (B, N, t*h*w*C), C last within a tubelet.

    Args:
        x: clips; incomplete tubelets at the end are dropped.
        tubelet: sides (t, h, w).
        normalise: whether to normalize each channel of each tubelet to zero mean and unit variance.
    """
    t, h, w = tubelet
    x = x.unfold(2, t, t).unfold(3, h, h).unfold(4, w, w)  # (B, C, T', H', W', t, h, w)
    x = x.permute(0, 2, 3, 4, 5, 6, 7, 1).flatten(4, 6).flatten(1, 3)  # (B, N, t*h*w, C)
    if normalise:
        x = (x - x.mean(2, keepdim=True)) / (x.var(2, keepdim=True).sqrt() + 1e-6)
    return x.flatten(2)


def take(x: Tensor, places: Tensor) -> Tensor:
    """Select tokens (B, N, C) at positions (B, n): (B, n, C)."""
    return x.gather(1, places[..., None].expand(-1, -1, x.shape[-1]))


class Decoder(nn.Module):
    """Narrow transformer from the visible tokens to the pixels of the hidden tubelets.

    Args:
        in_channels: channels of the encoder.
        out_channels: values per tubelet.
        grid: tubelets (T', H', W') per clip, for the position encoding.
        embed_dims: channels C.
        depth: layers.
        num_heads: attention heads.
        mlp_ratio: ratio of the hidden channels of the feed-forward networks to C.
        norm_cfg: config of the norms.
    """

    pos_embed: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        grid: tuple[int, int, int],
        embed_dims: int = 384,
        depth: int = 4,
        num_heads: int = 6,
        mlp_ratio: float = 4.0,
        norm_cfg: dict = dict(type='LN', eps=1e-6),
    ) -> None:
        super().__init__()
        self.grid = grid
        self.embed = nn.Linear(in_channels, embed_dims, bias=False)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, embed_dims))
        self.register_buffer('pos_embed', sine_table(math.prod(grid), embed_dims), persistent=False)
        self.blocks = nn.ModuleList(Block(embed_dims, num_heads, mlp_ratio, norm_cfg=norm_cfg) for _ in range(depth))
        self.norm = build_norm(norm_cfg, embed_dims)[1]
        self.head = nn.Linear(embed_dims, out_channels)
        nn.init.trunc_normal_(self.mask_token, std=0.02)

    def forward(self, x: Tensor, visible: Tensor, hidden: Tensor, grid: tuple[int, int, int]) -> Tensor:
        """(B, V, in_channels) at positions ``visible`` (B, V) -> (B, M, out_channels) at ``hidden`` (B, M)."""
        table = resize_grid(self.pos_embed, self.grid, grid).expand(len(x), -1, -1).to(x.dtype)
        tokens = self.embed(x) + take(table, visible)
        masked = self.mask_token.to(tokens.dtype) + take(table, hidden)
        x = torch.cat((tokens, masked.to(tokens.dtype)), 1)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x[:, visible.shape[1] :]))


@MODELS.register_module()
class VideoMAEPretrain(Model):
    """VideoMAE's masked autoencoder (Tong et al., 2022, https://arxiv.org/abs/2203.12602).

    The encoder has the checkpoint keys of :class:`VisionTransformer` under ``backbone.``, so a checkpoint of this model
    can be the ``pretrained`` of the backbone to fine-tune.

    Args:
        backbone: config of the encoder, a :class:`VisionTransformer` with ``use_mean_pooling=False``.
        decoder: arguments of :class:`Decoder`: ``embed_dims``, ``depth``, ``num_heads``, ``mlp_ratio``, ``norm_cfg``.
        mask_ratio: ratio of each frame that is hidden.
        normalise_pixels: whether the pixels to restore are normalized per tubelet.
        data_preprocessor: config of the data preprocessor; its ``format_shape`` is ``'NCTHW'``.
        init_cfg: config of the initialization.

    Raises:
        ValueError: ``mask_ratio`` is not between 0 and 1, or ``backbone`` averages its tokens.
        TypeError: ``backbone`` is not a :class:`VisionTransformer`.
    """

    modes = ('tensor', 'loss')  # pre-training predicts no labels

    backbone: VisionTransformer

    def __init__(
        self,
        backbone: dict | nn.Module,
        decoder: dict | None = None,
        mask_ratio: float = 0.9,
        normalise_pixels: bool = True,
        data_preprocessor: dict | nn.Module | None = None,
        init_cfg: dict | list[dict] | None = dict(type='Xavier', layer='Linear', distribution='uniform', bias=0.0),
    ) -> None:
        if data_preprocessor is None:
            data_preprocessor = dict(type='ActionDataPreprocessor', format_shape='NCTHW')
        super().__init__(data_preprocessor=build(data_preprocessor), init_cfg=init_cfg)
        if not 0 < mask_ratio < 1:
            raise ValueError(f'mask_ratio ({mask_ratio}) must lie between 0 and 1.')
        self.mask_ratio = mask_ratio
        self.normalise_pixels = normalise_pixels
        self.backbone = build(backbone)
        if not isinstance(self.backbone, VisionTransformer):
            raise TypeError(f'backbone must be a VisionTransformer, got {type(self.backbone).__name__}.')
        if self.backbone.fc_norm is not None:
            raise ValueError('The encoder must not average its tokens; set use_mean_pooling=False.')
        projection = self.backbone.patch_embed.projection
        if not isinstance(projection, nn.Conv3d):
            raise TypeError(f'The patch embedding must be a Conv3d, got {type(projection).__name__}.')
        self.tubelet = triple(projection.kernel_size)
        self.decoder = Decoder(
            self.backbone.embed_dims,
            projection.in_channels * math.prod(self.tubelet),
            (self.backbone.frames, *self.backbone.grid_size),
            **(decoder or {}),
        )

    def restore(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """Hide tubelets of clips (B, C, T, H, W) and predict their pixels (B, M, t*h*w*C), at indices (B, M)."""
        tokens, grid = self.backbone.embed(clips)
        visible, hidden = tube_places(len(clips), grid, self.mask_ratio, clips.device)
        features = self.backbone.encode(take(tokens, visible))
        return self.decoder(features, visible, hidden, grid), hidden

    def tensor(self, inputs: Tensor, data_samples: Samples | None = None) -> tuple[Tensor, Tensor]:
        """The result of :meth:`restore` for inputs (N, V, C, T, H, W), V views per sample."""
        return self.restore(self._clips(inputs))

    def loss(self, inputs: Tensor, data_samples: Samples | None = None) -> dict[str, Tensor]:
        """``{'loss_pixels': ...}``, the mean squared error over the hidden tubelets; there are no labels."""
        clips = self._clips(inputs)
        with torch.no_grad():
            target = tubelet_pixels(clips.float(), self.tubelet, self.normalise_pixels)
        restored, hidden = self.restore(clips)
        return {'loss_pixels': F.mse_loss(restored.float(), take(target, hidden))}

    @staticmethod
    def _clips(inputs: Tensor) -> Tensor:
        if inputs.ndim != 6:
            raise ValueError(f'inputs must be (N, views, C, T, H, W), got shape {tuple(inputs.shape)}.')
        return inputs.flatten(0, 1)
