"""Video Swin Transformer (Liu et al., 2021, https://arxiv.org/abs/2106.13230)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from mmengine.logging import MMLogger
from mmengine.model import ModuleList
from torch import Tensor, nn

from mmaction.models.backbones.freezing import TrainingSwitches, freeze
from mmaction.models.backbones.vit.swin_blocks import (
    BasicLayer,
    PatchEmbed3D,
    SwinBlock3D,
    SwinStage3D,
    SwinTransformerBlock3D,
    WindowAttention3D,
    compute_mask,
    get_window_size,
    window_reverse,
)
from mmaction.models.common.bricks import ACTIVATIONS, build_norm
from mmaction.models.common.patch_merging import PatchMerging
from mmaction.models.common.window_attention import drop_path_rates, window_partition
from mmaction.registry import MODELS
from mmaction.weights import Pretrained
from mmaction.weights.fit import inflate, resize_bias_table
from mmaction.weights.pretrained import TRANSFORMER_INIT, InitCfg
from mmaction.weights.tables.swin import AUTHORS, TORCHVISION

__all__ = [
    'ACTIVATIONS',
    'ARCHS',
    'BasicLayer',
    'PatchEmbed3D',
    'PatchMerging',
    'SwinBlock3D',
    'SwinStage3D',
    'SwinTransformer3D',
    'SwinTransformerBlock3D',
    'WindowAttention3D',
    'compute_mask',
    'get_window_size',
    'resolve_arch',
    'window_partition',
    'window_reverse',
]


class _Arch(NamedTuple):
    embed_dims: int
    depths: tuple[int, ...]
    num_heads: tuple[int, ...]


ARCHS: dict[str, _Arch] = {
    'tiny': _Arch(96, (2, 2, 6, 2), (3, 6, 12, 24)),
    'small': _Arch(96, (2, 2, 18, 2), (3, 6, 12, 24)),
    'base': _Arch(128, (2, 2, 18, 2), (4, 8, 16, 32)),
    'large': _Arch(192, (2, 2, 18, 2), (6, 12, 24, 48)),
}


def _settings(arch: _Arch) -> dict[str, Any]:
    return dict(embed_dims=arch.embed_dims, depths=list(arch.depths), num_heads=list(arch.num_heads))


def resolve_arch(arch: str | Mapping[str, Any], zoo: Mapping[str, Mapping[str, Any]] | None = None) -> _Arch:
    """Look up an architecture.

    Args:
        arch: its name or first letter, or a dict with the fields of :class:`_Arch`.
        zoo: such dicts by name, ``SwinTransformer3D.arch_zoo`` by default.
    """
    if isinstance(arch, str):
        zoo = SwinTransformer3D.arch_zoo if zoo is None else zoo
        if arch.lower() not in zoo:
            raise ValueError(f'arch ({arch!r}) must be one of {sorted(zoo)}, or a dict.')
        arch = zoo[arch.lower()]
    if set(arch) != set(_Arch._fields):
        raise ValueError(f'arch has the keys {sorted(arch)}; it must have {list(_Arch._fields)}.')
    given = _Arch(arch['embed_dims'], tuple(arch['depths']), tuple(arch['num_heads']))
    if len(given.depths) != len(given.num_heads):
        raise ValueError(
            f'arch has {len(given.depths)} depths and {len(given.num_heads)} num_heads; both need one entry per stage.'
        )
    return given


@MODELS.register_module()
class SwinTransformer3D(TrainingSwitches, Pretrained):
    """Video Swin Transformer (Liu et al., 2021, https://arxiv.org/abs/2106.13230).

    Args:
        arch: ``'tiny'``, ``'small'``, ``'base'``, ``'large'``, or a dict of ``embed_dims``, ``depths``, ``num_heads``.
        pretrained: path or URL of weights: ours, or with the names of Swin, Video Swin or torchvision's swin3d.
        pretrained2d: whether ``pretrained`` is a Swin Transformer for images, whose first layer and position biases
            are repeated along time.
        patch_size: sides (T, H, W) of a patch in frames and pixels.
        in_channels: channels of the input.
        window_size: sides (T, H, W) of a window in tokens.
        mlp_ratio: hidden channels of an MLP, as a multiple of its input channels.
        qkv_bias: whether queries, keys and values have biases.
        qk_scale: factor of the logits; None: (channels of a head) ** -0.5.
        drop_rate: dropout of the embedding and of projections.
        attn_drop_rate: dropout of the attention weights.
        drop_path_rate: stochastic depth of the last block; it increases linearly from 0.
        act_cfg: activation layer.
        norm_cfg: norm layer.
        patch_norm: whether the embedding is normalized.
        frozen_stages: number of stages that are frozen together with the embedding; -1: none.
        with_cp: recompute activations in the backward pass, which saves memory.
        out_indices: stages, from 0, whose output is returned.
        out_after_downsample: return the output of a stage after the layer that halves its size, not before it.
        init_cfg: initialization.

    Shape:
        (B, in_channels, T, H, W) -> (B, C_i, T/2, H/2^(i+2), W/2^(i+2)) of stage i; a tuple for several stages.
        Incomplete patches and windows are padded with zeros.

    Raises:
        ValueError: ``arch`` is unknown, or an index in ``out_indices`` or ``frozen_stages`` names no stage.
    """

    # Under the name of MMAction2, for subclasses that add architectures of their own.
    arch_zoo: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        name: _settings(arch) for full, arch in ARCHS.items() for name in (full, full[0])
    }
    tables = (TORCHVISION, AUTHORS)
    ignore = r'^(cls_head\.|norm\d\.)|\.(relative_position_index|attn_mask)$'
    optional = r'^norm\d\.|\.relative_position_index$'

    def __init__(
        self,
        arch: str | Mapping[str, Any],
        pretrained: str | None = None,
        pretrained2d: bool = True,
        patch_size: int | Sequence[int] = (2, 4, 4),
        in_channels: int = 3,
        window_size: Sequence[int] = (8, 7, 7),
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        qk_scale: float | None = None,
        drop_rate: float = 0.0,
        attn_drop_rate: float = 0.0,
        drop_path_rate: float = 0.1,
        act_cfg: Mapping[str, Any] = dict(type='GELU'),
        norm_cfg: Mapping[str, Any] = dict(type='LN'),
        patch_norm: bool = True,
        frozen_stages: int = -1,
        with_cp: bool = False,
        out_indices: Sequence[int] = (3,),
        out_after_downsample: bool = False,
        init_cfg: InitCfg = TRANSFORMER_INIT,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        chosen = resolve_arch(arch, self.arch_zoo)
        dims, depths, heads = chosen
        stages = len(depths)
        if not out_indices or not all(0 <= i < stages for i in out_indices):
            raise ValueError(f'out_indices {tuple(out_indices)} must name some of the stages 0..{stages - 1}.')
        if frozen_stages > stages:
            raise ValueError(f'frozen_stages ({frozen_stages}) must be at most {stages}, the number of stages.')
        if act_cfg.get('type') not in ACTIVATIONS or len(act_cfg) > 1:
            raise ValueError(f'act_cfg {dict(act_cfg)} must be a type alone, one of {", ".join(ACTIVATIONS)}.')
        self.arch_settings = _settings(chosen)
        self.embed_dims, self.depths, self.num_heads = dims, list(depths), list(heads)
        self.num_layers = stages
        self.pretrained2d = pretrained2d
        self.window_size = tuple(window_size)
        self.frozen_stages = frozen_stages
        self.out_indices = tuple(out_indices)
        self.out_after_downsample = out_after_downsample

        self.patch_size = (patch_size,) * 3 if isinstance(patch_size, int) else tuple(patch_size)
        self.patch_embed = PatchEmbed3D(self.patch_size, in_channels, dims, norm_cfg if patch_norm else None)
        self.pos_drop = nn.Dropout(drop_rate)
        rates = drop_path_rates(drop_path_rate, depths)
        last = stages - 1
        self.layers = ModuleList(
            BasicLayer(
                dims << i,
                depths[i],
                heads[i],
                self.window_size,
                mlp_ratio,
                qkv_bias,
                qk_scale,
                drop_rate,
                attn_drop_rate,
                rates[i],
                act_cfg,
                norm_cfg,
                PatchMerging if i < last else None,
                with_cp,
            )
            for i in range(stages)
        )
        self.num_features = [dims << (min(i + 1, last) if out_after_downsample else i) for i in range(stages)]
        for i in self.out_indices:
            self.add_module(f'norm{i}', build_norm(norm_cfg, self.num_features[i])[1])
        # Already here, unlike the other backbones: so does MMAction2, and the network may be used without a recognizer.
        self._freeze_stages()

    def _freeze_stages(self) -> None:
        """Freeze the embedding and the first ``frozen_stages`` stages, dropout included."""
        if self.frozen_stages >= 0:
            freeze([self.patch_embed, self.pos_drop, *self.layers[: self.frozen_stages]])

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Spread the first layer and the position biases of an image network over time."""
        if not self.pretrained2d or tuple(weight.shape) == tuple(shape):
            return weight
        if name.endswith('relative_position_bias_table') and round(len(weight) ** 0.5) ** 2 == len(weight):
            frames, *window = self.window_size
            return resize_bias_table(weight, window, 2 * frames - 1)
        if name == 'patch_embed.proj.weight' and weight.dim() == 4:
            return inflate(weight, shape[2])
        return weight

    def load_pretrained(self, source: str) -> None:
        """Load the weights at ``source``: of an image network through :meth:`inflate_weights`, else of ours."""
        if self.pretrained2d:
            self.inflate_weights(MMLogger.get_current_instance())
        else:
            super().load_pretrained(source)

    def inflate_weights(self, logger: MMLogger | None = None) -> None:
        """Load ``pretrained``, a Swin Transformer for images, spread over time."""
        if self.pretrained:
            super().load_pretrained(self.pretrained)

    def token_maps(self, output: Any, clip: Sequence[int]) -> tuple[Tensor, None] | None:
        """Tokens of a layer as a map (B, C, T', H', W'); None if the output is of another form.

        Args:
            output: of the embedding, a stage, a block or a norm outside of the windows, (B, T', H', W', C).
            clip: shape of the clips.
        """
        if not isinstance(output, Tensor) or output.ndim != 5:
            return None
        frames, height, width = (-(-length // side) for length, side in zip(clip[2:], self.patch_size))
        for stage in range(self.num_layers):
            if output.shape[1:] == (frames, height, width, self.embed_dims << stage):
                return output.permute(0, 4, 1, 2, 3), None
            height, width = -(-height // 2), -(-width // 2)
        return None

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        x = self.pos_drop(self.patch_embed(x))
        outs = []
        for i, stage in enumerate(self.layers):
            x = stage(x, do_downsample=self.out_after_downsample)  # (B, C, T, H, W) -> (B, T, H, W, C)
            if i in self.out_indices:
                outs.append(getattr(self, f'norm{i}')(x).permute(0, 4, 1, 2, 3))
            merge = getattr(stage, 'downsample', None)
            if merge is not None and not self.out_after_downsample:
                x = merge(x)
            x = x.permute(0, 4, 1, 2, 3)  # (B, T, H, W, C) -> (B, C, T, H, W), a view
        return outs[0] if len(outs) == 1 else tuple(outs)
