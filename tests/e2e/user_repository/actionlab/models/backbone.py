from typing import Optional

import torch
import torch.nn as nn
import torch.utils.checkpoint as cp
from mmcv.cnn import ConvModule, build_activation_layer
from mmengine.model import BaseModule

from mmaction.models import ResNet3d
from mmaction.registry import MODELS
from mmaction.utils import ConfigType


class PlainBlock3d(BaseModule):
    """A residual block with the arguments of MMAction2's BasicBlock3d."""

    expansion = 1

    def __init__(
        self,
        inplanes: int,
        planes: int,
        spatial_stride: int = 1,
        temporal_stride: int = 1,
        dilation: int = 1,
        downsample: Optional[nn.Module] = None,
        style: str = 'pytorch',
        inflate: bool = True,
        inflate_style: str = '3x1x1',
        non_local: bool = False,
        non_local_cfg: ConfigType = dict(),
        conv_cfg: ConfigType = dict(type='Conv3d'),
        norm_cfg: ConfigType = dict(type='BN3d'),
        act_cfg: ConfigType = dict(type='ReLU'),
        with_cp: bool = False,
        init_cfg: Optional[ConfigType] = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        time = 3 if inflate else 1
        self.conv1 = ConvModule(
            inplanes,
            planes,
            (time, 3, 3),
            stride=(temporal_stride, spatial_stride, spatial_stride),
            padding=(time // 2, dilation, dilation),
            dilation=(1, dilation, dilation),
            bias=False,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
        )
        self.conv2 = ConvModule(
            planes,
            planes,
            (time, 3, 3),
            padding=(time // 2, 1, 1),
            bias=False,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=None,
        )
        self.downsample = downsample
        self.relu = build_activation_layer(act_cfg)
        self.with_cp = with_cp

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        def _inner_forward(x):
            identity = x if self.downsample is None else self.downsample(x)
            return self.conv2(self.conv1(x)) + identity

        out = cp.checkpoint(_inner_forward, x) if self.with_cp and x.requires_grad else _inner_forward(x)
        return self.relu(out)


@MODELS.register_module()
class SlimResNet3d(ResNet3d):
    """ResNet3d of the blocks above, with a stem and a freezing of its own."""

    arch_settings = {10: (PlainBlock3d, (1, 1, 1, 1))}

    def __init__(self, depth: int = 10, freeze_stem: bool = False, **kwargs) -> None:
        super().__init__(depth, **kwargs)
        self.freeze_stem = freeze_stem

    def _make_stem_layer(self) -> None:
        self.conv1 = ConvModule(
            self.in_channels,
            self.base_channels,
            kernel_size=self.conv1_kernel,
            stride=(self.conv1_stride_t, self.conv1_stride_s, self.conv1_stride_s),
            padding=tuple((k - 1) // 2 for k in self.conv1_kernel),
            bias=False,
            conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
        )
        self.maxpool = nn.MaxPool3d(
            kernel_size=(1, 3, 3),
            stride=(self.pool1_stride_t, self.pool1_stride_s, self.pool1_stride_s),
            padding=(0, 1, 1),
        )
        self.pool2 = nn.MaxPool3d(kernel_size=(2, 1, 1), stride=(2, 1, 1))

    def _freeze_stages(self) -> None:
        super()._freeze_stages()
        if self.freeze_stem:
            for param in self.conv1.parameters():
                param.requires_grad = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv1(x)
        if self.with_pool1:
            x = self.maxpool(x)
        for i, layer_name in enumerate(self.res_layers):
            x = getattr(self, layer_name)(x)
            if i == 0 and self.with_pool2:
                x = self.pool2(x)
        return x
