"""MobileNetV2 with temporal shift (Lin et al., 2019, TSM, https://arxiv.org/abs/1811.08383)."""

from __future__ import annotations

from typing import Any

from mmaction.models.backbones.mobile.mobilenet_v2 import InvertedResidual, MobileNetV2
from mmaction.models.backbones.wrapped import WrappedNet
from mmaction.models.common.temporal_shift import TemporalShift
from mmaction.registry import MODELS


@MODELS.register_module()
class MobileNetV2TSM(WrappedNet, MobileNetV2):
    """MobileNetV2 whose residual blocks exchange part of their channels with the neighboring frames.

    Args:
        num_segments: frames per clip.
        is_shift: whether to shift at all.
        shift_div: a fraction ``1 / shift_div`` of the channels moves each way.
        pretrained2d: whether ``pretrained`` is a 2D MobileNetV2; False: weights of this network.
        **kwargs: keywords of :class:`MobileNetV2`.
    """

    def __init__(
        self,
        num_segments: int = 8,
        is_shift: bool = True,
        shift_div: int = 8,
        pretrained2d: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.num_segments, self.is_shift = num_segments, is_shift
        self.shift_div, self.pretrained2d = shift_div, pretrained2d
        self.init_structure()

    def init_structure(self) -> None:
        """Turn the 2D network into one over clips."""
        if self.is_shift:
            self.make_temporal_shift()

    def make_temporal_shift(self) -> None:
        """Wrap the first convolution of the blocks with a shortcut; elsewhere a shift would lose features."""
        for m in self.modules():
            if isinstance(m, InvertedResidual) and m.use_res_connect and len(m.conv) == 3:
                m.conv[0] = TemporalShift(m.conv[0], num_segments=self.num_segments, shift_div=self.shift_div)
