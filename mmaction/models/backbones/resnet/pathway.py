"""3D ResNet that takes in features of a second pathway, the building block of SlowFast and RGBPose-Conv3D."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmaction.models.backbones.resnet.arch3d import Lateral, Laterals
from mmaction.models.backbones.resnet.resnet3d import ResNet3d
from mmaction.models.common.conv_module import ConvModule
from mmaction.models.common.deconv_module import DeConvModule


class ResNet3dPathway(ResNet3d):
    """3D ResNet whose stages may take in features of a second pathway.

    A lateral connection is a convolution over time that brings the features of the other pathway to the frame rate of
    this one; its output joins the channels of this pathway. ``conv1_lateral`` leads to the first stage,
    ``layer1_lateral`` to the second and so on.

    Args:
        lateral: whether there are lateral connections.
        lateral_norm: whether norm and activation follow their convolutions.
        speed_ratio: frames of the faster pathway for one of the slower.
        channel_ratio: channels of the slower pathway for one of the faster.
        fusion_kernel: of the lateral convolutions, in time.
        lateral_inv: the other pathway is the slower one, so the lateral convolutions are transposed.
        lateral_infl: output channels of a lateral convolution for one channel of the other pathway; with
            ``lateral_inv`` channels of the other pathway for one output channel.
        lateral_activate: for each stage, whether a lateral connection leads to it.
        **kwargs: keywords of :class:`ResNet3d`.
    """

    def __init__(
        self,
        lateral: bool = False,
        lateral_norm: bool = False,
        speed_ratio: int = 8,
        channel_ratio: int = 8,
        fusion_kernel: int = 5,
        lateral_inv: bool = False,
        lateral_infl: int = 2,
        lateral_activate: Sequence[int] = (1, 1, 1, 1),
        **kwargs: Any,
    ) -> None:
        laterals = Laterals(channel_ratio, lateral_infl, lateral_inv, tuple(lateral_activate))
        super().__init__(laterals=laterals if lateral else None, **kwargs)
        self.lateral, self.lateral_norm, self.lateral_inv = lateral, lateral_norm, lateral_inv
        self.speed_ratio, self.channel_ratio, self.fusion_kernel = speed_ratio, channel_ratio, fusion_kernel
        self.lateral_infl, self.lateral_activate = lateral_infl, laterals.active
        self.lateral_inplanes = [plan.lateral.out_channels if plan.lateral else 0 for plan in self.stage_plans]
        self.lateral_connections: list[str] = []
        for index, stage in enumerate(self.stage_plans):
            if stage.lateral is None:
                continue
            self.add_module(stage.lateral.name, self._make_lateral(stage.lateral))
            if index > 0:  # as in MMAction2, the connection after the stem is not listed
                self.lateral_connections.append(stage.lateral.name)

    unused_hooks = {'_calculate_lateral_inplanes': 'Pass lateral_infl and channel_ratio, from which it follows.'}

    def _make_lateral(self, lateral: Lateral) -> nn.Module:
        kernel = (self.fusion_kernel, 1, 1)
        stride = (self.speed_ratio, 1, 1)
        padding = ((self.fusion_kernel - 1) // 2, 0, 0)
        if self.lateral_inv:
            return DeConvModule(lateral.in_channels, lateral.out_channels, kernel, stride, padding)
        return ConvModule(
            lateral.in_channels,
            lateral.out_channels,
            kernel,
            stride,
            padding,
            bias=False,
            conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg if self.lateral_norm else None,
            act_cfg=self.act_cfg if self.lateral_norm else None,
        )

    # A lateral connection is frozen with the stem or stage that it follows.
    def _stem_modules(self) -> list[nn.Module]:
        return super()._stem_modules() + self._lateral_to(0)

    def _stage_modules(self, stage: int) -> list[nn.Module]:
        return super()._stage_modules(stage) + self._lateral_to(stage)

    def _lateral_to(self, stage: int) -> list[nn.Module]:
        """The lateral connection to a stage (from 0), if there is one and it is built."""
        lateral = self.stage_plans[stage].lateral if stage < self.num_stages else None
        children = dict(self.named_children())
        return [children[lateral.name]] if lateral and lateral.name in children else []

    def run_stem(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) -> input of the first stage."""
        self._check_channels(x)
        x = self.conv1(x)
        return self.maxpool(x) if self.with_pool1 else x

    def lateral_features(self, stage: int, other: Tensor) -> Tensor | None:
        """Features of the other pathway for a stage (from 0), or None if no connection leads there."""
        lateral = self.stage_plans[stage].lateral
        return getattr(self, lateral.name)(other) if lateral else None

    def join(self, stage: int, x: Tensor, other: Tensor) -> Tensor:
        """Input of a stage (from 0): ``x``, and the features of the other pathway if a connection leads there."""
        joining = self.lateral_features(stage, other)
        return x if joining is None else torch.cat([x, joining], dim=1)

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Inflate a 2D kernel; it takes nothing from the lateral connections (zeros)."""
        stage, _, rest = name.partition('.')
        if weight.dim() == 4 and rest in ('0.conv1.conv.weight', '0.downsample.conv.weight'):
            extra = shape[1] - weight.shape[1]
            lateral = self.stage_plans[self.res_layers.index(stage)].lateral
            if lateral and 0 < extra == lateral.out_channels:
                weight = torch.cat([weight, weight.new_zeros(len(weight), extra, *weight.shape[2:])], dim=1)
        return super().fit(name, weight, shape)
