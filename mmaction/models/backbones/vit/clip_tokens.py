"""Tokens of clips: what the vision transformers over tubelets share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from mmaction.models.backbones.freezing import TrainingSwitches, check_frozen
from mmaction.models.common.patch_embed import PatchEmbed
from mmaction.models.common.recompute import run_block
from mmaction.models.common.token_block import TokenBlock
from mmaction.models.common.window_attention import drop_path_rates
from mmaction.weights import Pretrained
from mmaction.weights.folder import weights_in
from mmaction.weights.pretrained import TRANSFORMER_INIT, InitCfg


class ClipTokens(TrainingSwitches, Pretrained):
    """A network whose tokens are tubelets of ``tubelet_size`` frames and ``patch_size`` pixels, row by row.

    ``frozen_stages`` -1 trains all; 0 freezes the embeddings, i the first i blocks as well, the number of blocks the
    whole network.
    """

    patch_size: int
    tubelet_size: int
    patch_embed: PatchEmbed
    blocks: nn.ModuleList
    stem_names = ('patch_embed',)
    #: norms after the last block, which may be None
    norm_names: ClassVar[tuple[str, ...]] = ('norm',)
    #: class tokens before those of the tubelets
    class_tokens: ClassVar[int] = 0

    def _freeze_stages(self) -> None:
        if self.frozen_stages < 0:
            return
        for parameter in self.parameters(recurse=False):  # positions and tokens
            parameter.requires_grad_(False)
        super()._freeze_stages()

    def _stage_modules(self, stage: int) -> list[nn.Module]:
        last = [getattr(self, name) for name in self.norm_names] if stage == len(self.blocks) else []
        return [self.blocks[stage - 1], *filter(None, last)]

    def check_clip(self, x: Tensor) -> None:
        """Raise ValueError unless clips (B, C, T, H, W) hold a tubelet."""
        if x.shape[2] < self.tubelet_size or min(x.shape[3:]) < self.patch_size:
            raise ValueError(
                f'A clip of {x.shape[2]} frames of {x.shape[3]} x {x.shape[4]} pixels is smaller than a tubelet of '
                f'{self.tubelet_size} x {self.patch_size} x {self.patch_size}.'
            )

    def token_maps(self, output: Any, clip: Sequence[int]) -> tuple[Tensor, Tensor | None] | None:
        """Tokens of a layer on their grid (B, C, T', H', W'), and class tokens; None if the output has another form.

        Args:
            output: of a block, or of a norm over all of its tokens.
            clip: shape of the clips.
        """
        sides = (self.tubelet_size, self.patch_size, self.patch_size)
        grid = tuple(length // side for length, side in zip(clip[2:], sides))
        first = self.class_tokens
        if not isinstance(output, Tensor) or output.shape[:-1] != (clip[0], first + math.prod(grid)):
            return None
        classes = output[:, :first].transpose(1, 2)[..., None, None] if first else None
        return output[:, first:].transpose(1, 2).unflatten(2, grid), classes


class ClipEncoder(ClipTokens):
    """Vision transformer of :class:`~mmaction.models.common.token_block.TokenBlock`, whose first blocks may be frozen.

    Args:
        patch_size: side of a tubelet in pixels.
        tubelet_size: frames per tubelet.
        embed_dims: channels C of a token.
        depth: layers.
        in_channels: channels of the input.
        drop_path_rate: stochastic depth of the last layer; it increases linearly from 0.
        frozen_stages: -1 trains all; 0 freezes the embeddings, i the first i blocks as well, ``depth`` the whole.
        return_feat_map: return all tokens as a feature map, as the attentive probe requires; False: their mean.
        pretrained: path or URL of weights, or a folder of Hugging Face, that :meth:`init_weights` loads.
        init_cfg: initialization.
        with_cp: recompute each block in the backward pass instead of keeping its activations.
        **block: keywords of the blocks: ``num_heads``, ``mlp_ratio`` (default 4), ...

    Raises:
        ValueError: ``frozen_stages`` is out of range.
    """

    norm: nn.Module

    def __init__(
        self,
        patch_size: int,
        tubelet_size: int,
        embed_dims: int,
        depth: int,
        *,
        in_channels: int = 3,
        drop_path_rate: float = 0.0,
        frozen_stages: int = -1,
        return_feat_map: bool = True,
        pretrained: str | None = None,
        init_cfg: InitCfg = TRANSFORMER_INIT,
        with_cp: bool = False,
        **block: Any,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        check_frozen(frozen_stages, depth)
        self.patch_size = patch_size
        self.tubelet_size = tubelet_size
        self.embed_dims = embed_dims
        self.frozen_stages = frozen_stages
        self.return_feat_map = return_feat_map
        self.with_cp = with_cp
        tubelet = (tubelet_size, patch_size, patch_size)
        self.patch_embed = PatchEmbed(in_channels, embed_dims, tubelet, conv_cfg=dict(type='Conv3d'))
        rates = drop_path_rates(drop_path_rate, [depth])[0]
        self.blocks = nn.ModuleList(TokenBlock(embed_dims, drop_path=rate, **block) for rate in rates)

    def load_pretrained(self, source: str) -> None:
        """Load the weights at ``source``, which may be a folder of Hugging Face."""
        super().load_pretrained(weights_in(source))

    def encode(self, x: Tensor, **context: Any) -> Tensor:
        """Run the blocks and the last norm over tokens: (B, N, C) -> (B, N, C)."""
        for block in self.blocks:
            x = run_block(block, x, with_cp=self.with_cp, **context)
        return self.norm(x)

    def arrange(self, x: Tensor, grid: tuple[int, ...]) -> Tensor:
        """The output for encoded tokens, see ``return_feat_map``: (B, N, C) -> (B, C, T', H', W') or (B, C)."""
        x = x[:, self.class_tokens :]
        return x.transpose(1, 2).unflatten(2, grid) if self.return_feat_map else x.mean(1)
