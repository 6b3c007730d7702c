"""ResNet with temporal shift (Lin et al., 2019, TSM, https://arxiv.org/abs/1811.08383)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from torch import Tensor, nn

from mmaction.models.backbones import _weights
from mmaction.models.backbones.resnet.blocks import ResidualBlock
from mmaction.models.backbones.resnet.resnet2d import ResNet
from mmaction.models.backbones.resnet.stages import per_block
from mmaction.models.common.non_local import NonLocal3d
from mmaction.models.common.temporal_shift import TemporalShift, check_segments
from mmaction.registry import MODELS

__all__ = ['NL3DWrapper', 'ResNetTSM', 'TemporalPool', 'TemporalShift']


class NL3DWrapper(nn.Module):
    """A residual block over frames, then a non-local block over their clips.

    Args:
        block: the residual block.
        num_segments: frames of a clip.
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
    """Max-pool time by two, then apply ``net``.

    Args:
        net: module that takes the remaining frames.
        num_segments: frames of a clip before the pooling.
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
class ResNetTSM(ResNet):
    """ResNet whose blocks exchange a part of their channels with the neighbouring frames.

    Args:
        depth: see :class:`ResNet`.
        num_segments: frames of a clip.
        is_shift: whether to shift at all.
        non_local: for each stage, or each block of it, whether a non-local block follows.
        non_local_cfg: keywords of :class:`NonLocal3d`; empty: no non-local block at all.
        shift_div: one part in ``shift_div`` of the channels moves each way.
        shift_place: 'blockres' shifts inside the residual branch, 'block' in front of the block.
        temporal_pool: whether to halve the frames in front of the second stage.
        pretrained2d: whether ``pretrained`` is a 2D ResNet. False: weights of this net, names as they are.
        **kwargs: keywords of :class:`ResNet`.
    """

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
        if shift_place not in ('blockres', 'block'):
            raise ValueError(f"shift_place ({shift_place}) must be 'blockres' or 'block'.")
        if num_segments < (2 if temporal_pool else 1):
            raise ValueError(
                f'num_segments ({num_segments}) must be at least {2 if temporal_pool else 1}'
                + (' for temporal_pool, which halves it.' if temporal_pool else '.')
            )
        if len(non_local) < self.num_stages:
            raise ValueError(f'non_local {tuple(non_local)} must have {self.num_stages} entries, one a stage.')
        self.num_segments, self.is_shift = num_segments, is_shift
        self.shift_div, self.shift_place, self.temporal_pool = shift_div, shift_place, temporal_pool
        self.non_local_cfg, self.pretrained2d = non_local_cfg, pretrained2d
        self.non_local = [per_block(flags, blocks, 'non_local') for flags, blocks in zip(non_local, self.stage_blocks)]
        self.init_structure()
        self._apply_switches()

    def _stage_segments(self, stage: int) -> int:
        """Frames of a clip inside a stage (from 0)."""
        return (self.num_segments + 1) // 2 if self.temporal_pool and stage > 0 else self.num_segments

    def init_structure(self) -> None:
        """Turn the 2D net into one over clips."""
        if self.is_shift:
            self.make_temporal_shift()
        if self.non_local_cfg:
            self.make_non_local()
        if self.temporal_pool:
            self.make_temporal_pool()

    def make_temporal_shift(self) -> None:
        """Wrap the first convolution of every block, of every second one in deep nets; or the blocks."""
        # a stage of 23 blocks or more (ResNet-101 and -152) holds on to the frame in every second block
        step = 2 if self.num_stages > 2 and self.stage_blocks[2] >= 23 else 1
        for stage, name in enumerate(self.res_layers):
            layer, segments = getattr(self, name), self._stage_segments(stage)
            if self.shift_place == 'block':
                blocks = [TemporalShift(block, num_segments=segments, shift_div=self.shift_div) for block in layer]
                setattr(self, name, nn.Sequential(*blocks))
                continue
            for block in layer[::step]:
                block.conv1.conv = TemporalShift(block.conv1.conv, num_segments=segments, shift_div=self.shift_div)

    def make_temporal_pool(self) -> None:
        """Halve the frames in front of the second stage."""
        if self.num_stages > 1:
            self.layer2 = TemporalPool(self.layer2, self.num_segments)

    def make_non_local(self) -> None:
        """Put non-local blocks behind the blocks that ``non_local`` names."""
        for stage, flags in enumerate(self.non_local):
            layer = getattr(self, f'layer{stage + 1}')
            for index, flag in enumerate(flags):
                if flag:
                    layer[index] = NL3DWrapper(layer[index], self._stage_segments(stage), self.non_local_cfg)

    def load_original_weights(self) -> None:
        """Load ``pretrained``, weights of a 2D ResNet; the names of the wrappers are left out on both sides."""

        def rename(name: str) -> str:
            plain = _weights.without_wrappers(name)
            return _weights.from_torchvision(plain) if self.torchvision_pretrain else plain

        _weights.load_into(self, self.pretrained, rename=rename, own=_weights.without_wrappers)

    def _load_pretrained(self, source: str) -> None:
        if self.pretrained2d:
            self.load_original_weights()
        else:
            _weights.load_into(self, source)
