"""Relations between persons and their surroundings."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmaction.models.common import ConvModule
from mmaction.models.common.bricks import Config
from mmaction.registry import MODELS


@MODELS.register_module()
class ACRNHead(nn.Module):
    """Compare the feature of each box with all places of its frame (https://arxiv.org/abs/1807.10982).

    Args:
        in_channels: channels of the input: those of a box and those of the map.
        out_channels: channels of the output.
        stride: stride of the first 3x3 convolution.
        num_convs: number of 3x3 convolutions.
        conv_cfg: layer of the convolutions.
        norm_cfg: layer of the norms.
        act_cfg: layer of the activations.
        **kwargs: of the convolutions; see :class:`ConvModule`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        num_convs: int = 1,
        conv_cfg: Config = dict(type='Conv3d'),
        norm_cfg: Config = dict(type='BN3d', requires_grad=True),
        act_cfg: Config = dict(type='ReLU', inplace=True),
        **kwargs: Any,
    ) -> None:
        super().__init__()
        layers = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg, bias=False, **kwargs)
        self.max_pool = nn.AdaptiveMaxPool3d(1)
        self.conv1 = ConvModule(in_channels, out_channels, kernel_size=1, **layers)
        self.conv2 = ConvModule(
            out_channels, out_channels, (1, 3, 3), stride=(1, stride, stride), padding=(0, 1, 1), **layers
        )
        more = [
            ConvModule(out_channels, out_channels, (1, 3, 3), padding=(0, 1, 1), **layers) for _ in range(num_convs - 1)
        ]
        self.convs = nn.ModuleList(more)

    def init_weights(self) -> None:
        """Initialize the convolutions after He (normal), the norms with 1."""
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(module.weight, mode='fan_out', nonlinearity='relu')
            elif isinstance(module, _BatchNorm):
                module.reset_parameters()  # 1 and 0

    def forward(self, x: Tensor, feat: Tensor, rois: Tensor, **kwargs: Any) -> Tensor:
        """Relate boxes to their frames.

        Args:
            x: (R, C, T, h, w), features of the boxes.
            feat: (N, C', T, H, W), maps of the samples.
            rois: (R, 5): index of the sample, and the box.
            **kwargs: ignored.

        Returns:
            (R, out_channels, T, H / stride, W / stride).
        """
        person = self.max_pool(x).expand(-1, -1, *feat.shape[2:])
        surroundings = feat[rois[:, 0].long()]
        x = self.conv2(self.conv1(torch.cat([person, surroundings], dim=1)))
        for conv in self.convs:
            x = conv(x)
        return x
