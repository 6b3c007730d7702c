"""Channel-depthwise networks (Tran et al., 2019, https://arxiv.org/abs/1904.02811)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from torch import nn

from mmaction.models.backbones.freezing import batch_norms
from mmaction.models.backbones.resnet.kernels import InflateStyle
from mmaction.models.backbones.resnet.resnet3d import Bottleneck3d, ResNet3d
from mmaction.models.common.bricks import Config
from mmaction.models.common.conv_module import ConvModule
from mmaction.registry import MODELS
from mmaction.utils.check import pick
from mmaction.weights.tables.vmz import VMZ_IP_CSN, VMZ_IR_CSN

__all__ = ['CSNBottleneck3d', 'ResNet3dCSN']

BottleneckMode = Literal['ip', 'ir']


class CSNBottleneck3d(Bottleneck3d):
    """Bottleneck whose middle convolution is depthwise (sec. 3.2).

    Args:
        *args: arguments of :class:`Bottleneck3d`.
        bottleneck_mode: 'ip' (interaction-preserved) adds a 1x1x1 convolution before it, which mixes the channels
            as the full convolution would; 'ir' (interaction-reduced) does not.
        **kwargs: keywords of :class:`Bottleneck3d`.
    """

    def __init__(self, *args: Any, bottleneck_mode: BottleneckMode = 'ir', **kwargs: Any) -> None:
        pick(get_args(BottleneckMode), bottleneck_mode, 'bottleneck_mode')
        super().__init__(*args, **kwargs)
        self.bottleneck_mode = bottleneck_mode
        depthwise: list[nn.Module] = [
            self._conv(1, self.planes, self.planes, strided=self.style != 'caffe', dilated=True, groups=self.planes)
        ]
        if bottleneck_mode == 'ip':
            mixing = ConvModule(
                self.planes,
                self.planes,
                1,
                bias=False,
                conv_cfg=self.conv_cfg,
                norm_cfg=self.norm_cfg,
                act_cfg=None,
            )
            depthwise.insert(0, mixing)
        self.conv2 = nn.Sequential(*depthwise)  # in place of the full convolution


@MODELS.register_module()
class ResNet3dCSN(ResNet3d):
    """3D ResNet of channel-depthwise bottlenecks.

    Args:
        depth: 50, 101 or 152.
        pretrained: path or URL of weights that :meth:`init_weights` loads.
        inflate_style: convolution that spans time: the depthwise one ('3x3x3') or the first one ('3x1x1').
        bottleneck_mode: 'ip' (interaction-preserved) or 'ir' (interaction-reduced), see :class:`CSNBottleneck3d`.
        bn_frozen: whether scale and shift of all norms are fixed.
        **kwargs: keywords of :class:`ResNet3d`, like ``temporal_strides`` and ``norm_cfg``.
    """

    arch_settings = {depth: (CSNBottleneck3d, ResNet3d.arch_settings[depth][1]) for depth in (50, 101, 152)}
    tables = (VMZ_IR_CSN, VMZ_IP_CSN)

    def __init__(
        self,
        depth: int,
        pretrained: str | None = None,
        temporal_strides: Sequence[int] = (1, 2, 2, 2),
        conv1_kernel: Sequence[int] = (3, 7, 7),
        conv1_stride_t: int = 1,
        pool1_stride_t: int = 1,
        norm_cfg: Config = dict(type='BN3d', requires_grad=True, eps=1e-3),
        inflate_style: InflateStyle = '3x3x3',
        bottleneck_mode: BottleneckMode = 'ir',
        bn_frozen: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            depth,
            pretrained,
            temporal_strides=temporal_strides,
            conv1_kernel=conv1_kernel,
            conv1_stride_t=conv1_stride_t,
            pool1_stride_t=pool1_stride_t,
            norm_cfg=norm_cfg,
            inflate_style=inflate_style,
            bottleneck_mode=bottleneck_mode,
            **kwargs,
        )
        self.bottleneck_mode = bottleneck_mode
        self.bn_frozen = bn_frozen

    def _freeze_stages(self) -> None:
        super()._freeze_stages()
        if self.bn_frozen:
            for norm in batch_norms(self):
                norm.requires_grad_(False)
