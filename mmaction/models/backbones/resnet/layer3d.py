"""One stage of a 3D ResNet, such as a detector applies to the regions of a feature map."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from mmaction.models.backbones.freezing import freeze
from mmaction.models.backbones.resnet.blocks import Style
from mmaction.models.backbones.resnet.inflated import InflatedNet
from mmaction.models.backbones.resnet.kernels import InflateStyle
from mmaction.models.backbones.resnet.resnet3d import ResNet3d
from mmaction.models.backbones.resnet.stages import stage_depths
from mmaction.models.common.bricks import Config
from mmaction.registry import MODELS


@MODELS.register_module()
class ResNet3dLayer(InflatedNet):
    """Stage ``stage`` of :class:`ResNet3d` alone, with its checkpoint keys (``layer4.*`` if ``stage`` is 3).

    Args:
        depth: 18, 34, 50, 101 or 152.
        pretrained: path, URL or ``torchvision://resnet50`` of weights that :meth:`init_weights` loads.
        pretrained2d: whether ``pretrained`` is a 2D ResNet, to be inflated. False: weights of a :class:`ResNet3d`.
        stage: index of the stage, 0..3.
        base_channels: channels of the stem of the whole network.
        spatial_stride, temporal_stride: of the first block.
        all_frozen: no gradients, evaluation mode.
        norm_eval: keep all batch norms in evaluation mode.
        zero_init_residual: whether each block starts as the identity.
        style, inflate_style, init_cfg, conv_cfg, norm_cfg, act_cfg: as for :class:`ResNet3d`.
        **options: further keywords of :meth:`ResNet3d.make_res_layer`, such as ``non_local``.
    """

    def __init__(
        self,
        depth: int,
        pretrained: str | None = None,
        pretrained2d: bool = True,
        stage: int = 3,
        base_channels: int = 64,
        spatial_stride: int = 2,
        temporal_stride: int = 1,
        dilation: int = 1,
        style: Style = 'pytorch',
        all_frozen: bool = False,
        inflate: int = 1,
        inflate_style: InflateStyle = '3x1x1',
        conv_cfg: Config = dict(type='Conv3d'),
        norm_cfg: Config = dict(type='BN3d', requires_grad=True),
        act_cfg: Config = dict(type='ReLU', inplace=True),
        norm_eval: bool = False,
        with_cp: bool = False,
        zero_init_residual: bool = True,
        init_cfg: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        self.block, blocks = stage_depths(ResNet3d.arch_settings, depth, 4)
        if not 0 <= stage < len(blocks):
            raise ValueError(f'stage ({stage}) must be in 0..{len(blocks) - 1}.')
        self.depth, self.stage, self.base_channels = depth, stage, base_channels
        self.pretrained2d = pretrained2d
        self.all_frozen, self.norm_eval, self.zero_init_residual = all_frozen, norm_eval, zero_init_residual
        planes = base_channels * 2**stage
        self.feat_dim = planes * self.block.expansion
        self.layer_name = f'layer{stage + 1}'
        layer = ResNet3d.make_res_layer(
            self.block,
            self.feat_dim // 2 if stage else base_channels,
            planes,
            blocks[stage],
            spatial_stride=spatial_stride,
            temporal_stride=temporal_stride,
            style=style,
            dilation=dilation,
            inflate=inflate,
            inflate_style=inflate_style,
            with_cp=with_cp,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
            **options,
        )
        self.add_module(self.layer_name, layer)

    def _freeze_stages(self) -> None:
        if self.all_frozen:
            freeze([getattr(self, self.layer_name)])

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) -> (N, C', T', H', W')."""
        return getattr(self, self.layer_name)(x)
