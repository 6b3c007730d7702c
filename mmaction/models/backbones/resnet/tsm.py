"""ResNet with temporal shift (Lin et al., 2019, TSM, https://arxiv.org/abs/1811.08383)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from torch import Tensor, nn

from mmaction.models.backbones.resnet.blocks import ResidualBlock
from mmaction.models.backbones.resnet.resnet2d import ResNet
from mmaction.models.backbones.resnet.stages import per_block
from mmaction.models.backbones.wrapped import WrappedNet
from mmaction.models.common.non_local import NonLocal3d, rounding_for
from mmaction.models.common.temporal_shift import TemporalShift, check_segments
from mmaction.registry import MODELS
from mmaction.utils.check import at_least, pick

__all__ = ['NL3DWrapper', 'ResNetTSM', 'TemporalPool', 'TemporalShift']


class NL3DWrapper(nn.Module):
    """Residual block over frames, followed by a non-local block over their clips.

    Args:
        block: the residual block.
        num_segments: frames per clip.
        non_local_cfg: keywords of :class:`NonLocal3d`.
    """

    def __init__(self, block: ResidualBlock, num_segments: int, non_local_cfg: Mapping[str, Any] = dict()) -> None:
        super().__init__()
        self.block = block
        self.num_segments = num_segments
        self.non_local_cfg = non_local_cfg
        self.non_local_block = NonLocal3d(block.planes * block.expansion, **non_local_cfg)

    def forward(self, x: Tensor) -> Tensor:
        """(N*T, C, H, W) -> (N*T, C', H', W')."""
        x = self.block(x)
        check_segments(x.shape[0], self.num_segments)
        clips = x.unflatten(0, (-1, self.num_segments)).transpose(1, 2)  # (N*T, C, H, W) -> (N, C, T, H, W)
        return self.non_local_block(clips).transpose(1, 2).flatten(0, 1)


class TemporalPool(nn.Module):
    """Max pooling of time by two, followed by ``net``.

    Args:
        net: module that takes the remaining frames.
        num_segments: frames per clip before the pooling.
    """

    def __init__(self, net: nn.Module, num_segments: int) -> None:
        super().__init__()
        self.net = net
        self.num_segments = num_segments
        self.max_pool3d = nn.MaxPool3d(kernel_size=(3, 1, 1), stride=(2, 1, 1), padding=(1, 0, 0))

    def forward(self, x: Tensor) -> Tensor:
        """(N*T, C, H, W) -> ``net`` of (N*T/2, C, H, W)."""
        check_segments(x.shape[0], self.num_segments)
        clips = x.unflatten(0, (-1, self.num_segments)).transpose(1, 2)
        return self.net(self.max_pool3d(clips).transpose(1, 2).flatten(0, 1))


@MODELS.register_module()
class ResNetTSM(WrappedNet, ResNet):
    """ResNet whose blocks exchange part of their channels with the neighboring frames.

    Args:
        depth: see :class:`ResNet`.
        num_segments: frames per clip.
        is_shift: whether to shift at all.
        non_local: for each stage, or each block of it, whether a non-local block follows.
        non_local_cfg: keywords of :class:`NonLocal3d`; empty: no non-local block at all.
        shift_div: a fraction ``1 / shift_div`` of the channels moves each way.
        shift_place: 'blockres' shifts inside the residual branch, 'block' before the block.
        temporal_pool: whether to halve the number of frames before the second stage.
        pretrained2d: whether ``pretrained`` is a 2D ResNet; False: weights of this network.
        **kwargs: keywords of :class:`ResNet`.
    """

    unused_hooks = {'_get_wrap_prefix': 'Override adapt, which inserts the names of the wrappers.'}

    def __init__(
        self,
        depth: int,
        num_segments: int = 8,
        is_shift: bool = True,
        non_local: Sequence[int | Sequence[int]] = (0, 0, 0, 0),
        non_local_cfg: Mapping[str, Any] = dict(),
        shift_div: int = 8,
        shift_place: Literal['blockres', 'block'] = 'blockres',
        temporal_pool: bool = False,
        pretrained2d: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(depth, **kwargs)
        pick(('blockres', 'block'), shift_place, 'shift_place')
        at_least(1, num_segments, 'num_segments')
        if temporal_pool and num_segments < 2:
            raise ValueError(f'num_segments ({num_segments}) must be at least 2 for temporal_pool, which halves it.')
        if len(non_local) < self.num_stages:
            raise ValueError(f'non_local {tuple(non_local)} must have {self.num_stages} entries, one per stage.')
        self.num_segments, self.temporal_pool = num_segments, temporal_pool
        self.is_shift, self.shift_div, self.shift_place = is_shift, shift_div, shift_place
        self.non_local_cfg, self.pretrained2d = non_local_cfg, pretrained2d
        self.non_local_stages = tuple(non_local)
        self.non_local = [per_block(flags, blocks, 'non_local') for flags, blocks in zip(non_local, self.stage_blocks)]
        self.init_structure()

    def _stage_segments(self, stage: int) -> int:
        """Frames per clip inside a stage (from 0)."""
        if self.temporal_pool and stage > 0:
            return (self.num_segments + 1) // 2  # the pooling is padded, so an odd number rounds up
        return self.num_segments

    def init_structure(self) -> None:
        """Turn the 2D network into one over clips."""
        if self.is_shift:
            self.make_temporal_shift()
        if self.non_local_cfg:
            self.make_non_local()
        if self.temporal_pool:
            self.make_temporal_pool()

    def make_temporal_shift(self) -> None:
        """Wrap the first convolution of every block (of every second one in deep networks), or the blocks."""
        if self.shift_place == 'block' and self.non_local_cfg and any(map(any, self.non_local)):
            raise ValueError(
                "shift_place ('block') wraps whole blocks, which leaves none for non_local "
                f"({self.non_local}) to follow. Use shift_place='blockres'."
            )
        # Lin et al. shift only every second block of ResNet-101 and -152, so that enough blocks see whole frames.
        step = 2 if self.num_stages > 2 and self.stage_blocks[2] >= 23 else 1
        for stage, name in enumerate(self.res_layers):
            shifted = partial(TemporalShift, num_segments=self._stage_segments(stage), shift_div=self.shift_div)
            if self.shift_place == 'block':
                setattr(self, name, nn.Sequential(*map(shifted, self._blocks(stage))))
                continue
            for block in self._blocks(stage)[::step]:
                block.conv1.conv = shifted(block.conv1.conv)

    def make_temporal_pool(self) -> None:
        """Halve the number of frames before the second stage."""
        if self.num_stages > 1:
            self.layer2 = TemporalPool(self._stages()[1], self.num_segments)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """(N*T, C, H, W) -> features of the stages in ``out_indices``; one tensor if that is one stage."""
        with rounding_for(self.non_local_cfg):
            return super().forward(x)

    def make_non_local(self) -> None:
        """Add non-local blocks after the blocks that ``non_local`` selects."""
        for stage, flags in enumerate(self.non_local):
            layer, segments = self._stages()[stage], self._stage_segments(stage)
            for index, block in enumerate(self._blocks(stage)):
                if flags[index]:
                    layer[index] = NL3DWrapper(block, segments, self.non_local_cfg)
