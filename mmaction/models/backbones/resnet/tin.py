"""ResNet with temporal interlacing (Shao et al., 2020, TIN, https://arxiv.org/abs/2001.06499)."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models.backbones.resnet.tsm import ResNetTSM
from mmaction.models.common.temporal_interlace import OffsetNet, TemporalInterlace, WeightNet, interlace
from mmaction.registry import MODELS

__all__ = ['CombineNet', 'OffsetNet', 'ResNetTIN', 'TemporalInterlace', 'WeightNet', 'linear_sampler']


def linear_sampler(data: Tensor, bias: Tensor) -> Tensor:
    """Move each group of channels along time by a fractional number of frames, see :func:`interlace`.

    Args:
        data: (N, T, C, P).
        bias: (N, G), in frames.
    """
    return interlace(data, bias)


def _accept_tsm(module: nn.Module, state: dict[str, Tensor], prefix: str, *_: Any) -> None:
    """Load the weights of a TSM, whose wrapped convolution is named ``net``, into a TIN."""
    for name in ('weight', 'bias'):
        if f'{prefix}net.{name}' in state:
            state.setdefault(f'{prefix}net2.{name}', state.pop(f'{prefix}net.{name}'))


class CombineNet(nn.Module):
    """Two modules in sequence, under the checkpoint keys of TIN.

    Args:
        net1: the first.
        net2: the second.
    """

    def __init__(self, net1: nn.Module, net2: nn.Module) -> None:
        super().__init__()
        self.net1 = net1
        self.net2 = net2
        self.register_load_state_dict_pre_hook(_accept_tsm)

    def forward(self, x: Tensor) -> Tensor:
        return self.net2(self.net1(x))


@MODELS.register_module()
class ResNetTIN(ResNetTSM):
    """ResNet whose blocks shift part of their channels in time by learned offsets.

    Args:
        depth: see :class:`ResNet`.
        is_tin: whether to interlace at all.
        **kwargs: keywords of :class:`ResNetTSM`; a fraction ``1 / shift_div`` of the channels is shifted, and
            ``is_shift`` and ``shift_place`` have no effect.
    """

    def __init__(self, depth: int, is_tin: bool = True, **kwargs: Any) -> None:
        self.is_tin = is_tin  # before the parent's constructor, which calls init_structure
        super().__init__(depth, **kwargs)

    def init_structure(self) -> None:
        """Turn the 2D network into one over clips."""
        if self.is_tin:
            self.make_temporal_interlace()
        if self.non_local_cfg:
            self.make_non_local()
        if self.temporal_pool:
            self.make_temporal_pool()

    def make_temporal_interlace(self) -> None:
        """Interlace before the first convolution of every block."""
        for stage in range(self.num_stages):
            for block in self._blocks(stage):
                conv = block.conv1.conv
                interlace = TemporalInterlace(conv.in_channels, self._stage_segments(stage), self.shift_div)
                block.conv1.conv = CombineNet(interlace, conv)
