"""TimeSformer: a vision transformer over clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import torch
from mmengine.model import BaseModule, kaiming_init
from torch import Tensor, nn

from mmaction.models.common.bricks import build_conv, build_norm
from mmaction.models.common.position import resize_space, resize_time
from mmaction.models.common.transformer import build_transformer_layers
from mmaction.models.common.window_attention import drop_path_rates
from mmaction.registry import MODELS
from mmaction.utils.check import at_least, pick, warn_unread
from mmaction.weights import Pretrained
from mmaction.weights.tables.timesformer import DIVIDED, IMAGE, JOINT, with_temporal_attention

__all__ = ['AttentionType', 'PatchEmbed', 'TimeSformer', 'default_layers', 'with_temporal_attention']

AttentionType = Literal['divided_space_time', 'joint_space_time', 'space_only']


def default_layers(
    attention_type: AttentionType,
    *,
    embed_dims: int,
    num_heads: int,
    num_frames: int,
    num_layers: int,
    norm_cfg: Mapping[str, Any],
) -> dict[str, Any]:
    """Config of the transformer; stochastic depth increases linearly from 0 to 0.1 over the layers."""

    def layer(rate: float) -> dict[str, Any]:
        drop = dict(type='DropPath', drop_prob=rate)
        attention = dict(embed_dims=embed_dims, num_heads=num_heads, dropout_layer=drop)
        ffn = dict(
            embed_dims=embed_dims,
            feedforward_channels=4 * embed_dims,
            num_fcs=2,
            act_cfg=dict(type='GELU'),
            dropout_layer=drop,
        )
        if attention_type == 'divided_space_time':
            divided = dict(attention, num_frames=num_frames, norm_cfg=norm_cfg)
            return dict(
                attn_cfgs=[
                    dict(divided, type='DividedTemporalAttentionWithNorm'),
                    dict(divided, type='DividedSpatialAttentionWithNorm'),
                ],
                ffn_cfgs=dict(ffn, type='FFNWithNorm', norm_cfg=norm_cfg),
                operation_order=('self_attn', 'self_attn', 'ffn'),
            )
        return dict(
            attn_cfgs=dict(attention, type='MultiheadAttention'),
            ffn_cfgs=dict(ffn, type='FFN'),
            operation_order=('norm', 'self_attn', 'norm', 'ffn'),
            norm_cfg=norm_cfg,
        )

    return dict(transformerlayers=[layer(rate) for rate in drop_path_rates(0.1, [num_layers])[0]])


class PatchEmbed(BaseModule):
    """Tokens of the frames of a clip: (B, in_channels, T, H, W) -> (B * T, P, embed_dims).

    Args:
        img_size: sides of the frames in pixels.
        patch_size: sides of a patch in pixels.
        in_channels: channels of the input.
        embed_dims: channels C of a token.
        conv_cfg: layer of the projection.

    Attributes:
        num_patches: patches P of a frame of ``img_size``.
    """

    def __init__(
        self,
        img_size: int | tuple[int, int],
        patch_size: int | tuple[int, int],
        in_channels: int = 3,
        embed_dims: int = 768,
        conv_cfg: Mapping[str, Any] = dict(type='Conv2d'),
    ) -> None:
        super().__init__()
        self.img_size = (img_size, img_size) if isinstance(img_size, int) else tuple(img_size)
        self.patch_size = (patch_size, patch_size) if isinstance(patch_size, int) else tuple(patch_size)
        self.grid_size = (self.img_size[0] // self.patch_size[0], self.img_size[1] // self.patch_size[1])
        self.num_patches = self.grid_size[0] * self.grid_size[1]
        self.projection = build_conv(
            conv_cfg, in_channels, embed_dims, kernel_size=self.patch_size, stride=self.patch_size
        )
        self.init_weights()

    def init_weights(self) -> None:
        """Draw the weights of the projection from a normal distribution that keeps the variance of its input."""
        kaiming_init(self.projection, mode='fan_in', nonlinearity='linear')

    def forward(self, x: Tensor) -> Tensor:
        x = self.projection(x.transpose(1, 2).flatten(0, 1))  # (B, 3, T, H, W) -> (B*T, C, H', W')
        return x.flatten(2).transpose(1, 2)  # (B*T, P, C)


@MODELS.register_module()
class TimeSformer(Pretrained):
    """TimeSformer (Bertasius et al., 2021, https://arxiv.org/abs/2102.05095).

    Args:
        num_frames: frames T of a clip.
        img_size: side of the frames in pixels.
        patch_size: side of a patch in pixels.
        pretrained: path or URL of weights: ours, those of the authors, or a ViT for images (of timm, or with our
            names). Temporal attention starts from the spatial attention of image weights; positions are resized.
        embed_dims: channels C of a token.
        num_heads: heads of the attention.
        num_transformer_layers: layers.
        in_channels: channels of the input.
        dropout_ratio: dropout after the positions.
        transformer_layers: config of the transformer in mmcv's form, instead of :func:`default_layers`.
        attention_type: attention in time, then in space (``'divided_space_time'``), over all tokens
            (``'joint_space_time'``), or frame by frame and averaged (``'space_only'``).
        norm_cfg: norm layer.
        with_cp: recompute each layer in the backward pass instead of keeping its activations.
        **unread: ignored with a warning, as MMAction2 accepts them.

    Shape:
        (B, in_channels, T, H, W) -> (B, C), the class token. Positions are resized for other H, W and T.

    Raises:
        ValueError: ``attention_type`` is unknown, or the frames are smaller than a patch.
    """

    supported_attention_types = get_args(AttentionType)
    ignore = r'^(cls_head|head|pre_logits|time_embed)\b'
    optional = r'^time_embed$|\.temporal_fc\.'  # absent from image weights

    def __init__(
        self,
        num_frames: int,
        img_size: int,
        patch_size: int,
        pretrained: str | None = None,
        embed_dims: int = 768,
        num_heads: int = 12,
        num_transformer_layers: int = 12,
        in_channels: int = 3,
        dropout_ratio: float = 0.0,
        transformer_layers: Mapping[str, Any] | None = None,
        attention_type: AttentionType = 'divided_space_time',
        norm_cfg: Mapping[str, Any] = dict(type='LN', eps=1e-6),
        with_cp: bool = False,
        **unread: Any,
    ) -> None:
        super().__init__(pretrained)
        warn_unread(self, unread)
        pick(self.supported_attention_types, attention_type, 'attention_type')
        at_least(patch_size, img_size, 'img_size', f'A patch (patch_size) has {patch_size} pixels.')
        self.num_frames = num_frames
        self.patch_size = patch_size
        self.embed_dims = embed_dims
        self.attention_type = attention_type
        self.tables = (DIVIDED, IMAGE) if attention_type == 'divided_space_time' else (JOINT,)
        self.num_transformer_layers = num_transformer_layers
        self.patch_embed = PatchEmbed(img_size, patch_size, in_channels, embed_dims)
        self.grid_size = self.patch_embed.grid_size
        self.cls_token = nn.Parameter(torch.zeros(1, 1, embed_dims))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + self.grid_size[0] ** 2, embed_dims))
        self.drop_after_pos = nn.Dropout(dropout_ratio)
        if attention_type != 'space_only':
            self.time_embed = nn.Parameter(torch.zeros(1, num_frames, embed_dims))
            self.drop_after_time = nn.Dropout(dropout_ratio)
        self.norm = build_norm(norm_cfg, embed_dims)[1]
        layers = transformer_layers or default_layers(
            attention_type,
            embed_dims=embed_dims,
            num_heads=num_heads,
            num_frames=num_frames,
            num_layers=num_transformer_layers,
            norm_cfg=norm_cfg,
        )
        # A sequence of the user's own need not know the option.
        self.transformer_layers = build_transformer_layers(dict(layers, with_cp=True) if with_cp else layers)

    def init_rest(self) -> None:
        """Draw the positions and the class token from a normal distribution."""
        nn.init.trunc_normal_(self.pos_embed, std=0.02)
        nn.init.trunc_normal_(self.cls_token, std=0.02)

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Resize the positions in space and time for this model's grid and number of frames."""
        if name == 'pos_embed':
            return self._positions(weight, self.grid_size)
        if name == 'time_embed':
            return self._times(weight, self.num_frames)
        return weight

    @staticmethod
    def _positions(table: Tensor, grid: tuple[int, ...]) -> Tensor:
        """Resize positions (1, 1 + P, C) of a square grid, the class token's first, to another grid."""
        side = round((table.shape[1] - 1) ** 0.5)
        height, width = grid
        return torch.cat((table[:, :1], resize_space(table[:, 1:], (side, side), (height, width))), 1)

    @staticmethod
    def _times(table: Tensor, frames: int) -> Tensor:
        """Resize positions in time (1, T, C) to another T."""
        return resize_time(table, table.shape[1], frames, mode='nearest')

    def token_maps(self, output: Any, clip: Sequence[int]) -> tuple[Tensor, Tensor] | None:
        """Tokens of a layer on their grid (B, C, T, H', W'), and the class tokens (B, C, 1 or T, 1, 1) beside it.

        Args:
            output: of a block, or of a norm over all of its tokens.
            clip: shape of the clips.

        Returns:
            None if the output is of another form.
        """
        batch, _, frames, *size = clip
        height, width = (side // self.patch_size for side in size)
        if not isinstance(output, Tensor) or output.ndim != 3:
            return None
        steps, rest = divmod(output.shape[1] - 1, height * width)
        if rest or output.shape[0] * steps not in (batch, batch * frames):
            return None
        maps = output[:, 1:].unflatten(1, (height, width, steps)).permute(0, 4, 3, 1, 2)  # (rows, C, steps, H', W')
        token = output[:, 0, :, None, None, None]
        if output.shape[0] != batch:  # frame by frame: (B*T, C, 1, H', W') -> (B, C, T, H', W')
            maps, token = (x.squeeze(2).unflatten(0, (batch, frames)).transpose(1, 2) for x in (maps, token))
        return maps, token

    def forward(self, x: Tensor) -> Tensor:
        batch, frames, height, width = x.shape[0], *x.shape[2:]
        if min(height, width) < self.patch_size:
            raise ValueError(f'Frames of {height} x {width} pixels are smaller than a patch of {self.patch_size}.')
        x = self.patch_embed(x)  # (B, 3, T, H, W) -> (B*T, P, C)
        grid = (height // self.patch_size, width // self.patch_size)
        x = torch.cat((self.cls_token.expand(len(x), -1, -1).to(x.dtype), x), 1)
        x = self.drop_after_pos(x + self._positions(self.pos_embed, grid).to(x.dtype))
        if self.attention_type == 'space_only':
            x = self.transformer_layers(x, None, None).unflatten(0, (batch, frames)).mean(1)
            return self.norm(x)[:, 0]

        x = x.unflatten(0, (batch, frames))  # (B, T, 1 + P, C)
        first = x[:, 0, :1]
        rest = x[:, :, 1:].transpose(1, 2) + self._times(self.time_embed, frames).to(x.dtype)  # (B, P, T, C)
        x = torch.cat((first, self.drop_after_time(rest).flatten(1, 2)), 1)  # (B, 1 + P*T, C)
        if self.attention_type == 'divided_space_time' and frames != self.num_frames:
            x = self.transformer_layers(x, None, None, num_frames=frames)
        else:
            x = self.transformer_layers(x, None, None)
        return self.norm(x)[:, 0]
