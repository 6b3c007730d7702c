"""Residual blocks over clips, with the keywords of MMAction2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from mmaction.models.backbones.resnet.blocks import BasicBlock, Bottleneck, ResidualBlock, Style
from mmaction.models.backbones.resnet.kernels import InflateStyle, Kernels, basic_kernels, bottleneck_kernels
from mmaction.models.common.bricks import Config
from mmaction.models.common.non_local import NonLocal3d


class _ClipBlock(ResidualBlock):
    """The one place where the historic keywords of a block over clips become kernels and modules.

    Args:
        spatial_stride: of height and width.
        temporal_stride: of time.
        inflate: whether the kernels span time.
        inflate_style: the convolution of a bottleneck that spans time: the first ('3x1x1') or the second ('3x3x3').
        non_local: whether a non-local block follows.
        non_local_cfg: keywords of :class:`NonLocal3d`.
        kernels: kernel of each convolution, instead of ``inflate`` and ``inflate_style``.

    The other arguments are those of :class:`ResidualBlock`.
    """

    def __init__(
        self,
        inplanes: int,
        planes: int,
        spatial_stride: int = 1,
        temporal_stride: int = 1,
        dilation: int = 1,
        downsample: nn.Module | None = None,
        style: Style = 'pytorch',
        inflate: bool | int = True,
        inflate_style: InflateStyle = '3x1x1',
        non_local: bool | int = False,
        non_local_cfg: Mapping[str, Any] = dict(),
        conv_cfg: Config | None = dict(type='Conv3d'),
        norm_cfg: Config | None = dict(type='BN3d'),
        act_cfg: Config = dict(type='ReLU'),
        with_cp: bool = False,
        init_cfg: Any = None,
        *,
        kernels: Kernels | None = None,
    ) -> None:
        kernels = kernels or self.inflated_kernels(inflate, inflate_style)
        super().__init__(
            inplanes,
            planes,
            (temporal_stride, spatial_stride, spatial_stride),
            dilation,
            downsample,
            style,
            conv_cfg,
            norm_cfg,
            act_cfg,
            with_cp,
            init_cfg,
            kernels=kernels,
            non_local_block=NonLocal3d(planes * self.expansion, **non_local_cfg) if non_local else None,
        )
        # The attributes of MMAction2, for subclasses that build further layers.
        self.spatial_stride, self.temporal_stride = spatial_stride, temporal_stride
        self.inflate, self.inflate_style = inflate, inflate_style
        self.non_local, self.non_local_cfg = non_local, non_local_cfg

    @staticmethod
    def inflated_kernels(inflate: bool | int, inflate_style: InflateStyle) -> Kernels:
        """Kernels of the convolutions."""
        raise NotImplementedError


class BasicBlock3d(_ClipBlock, BasicBlock):
    """Basic block over clips.

    The arguments are those of :class:`_ClipBlock`, in the order of MMAction2: ``inflate_style``, which has no effect on
    two convolutions, is a keyword.
    """

    inflated_kernels = staticmethod(basic_kernels)

    def __init__(
        self,
        inplanes: int,
        planes: int,
        spatial_stride: int = 1,
        temporal_stride: int = 1,
        dilation: int = 1,
        downsample: nn.Module | None = None,
        style: Style = 'pytorch',
        inflate: bool | int = True,
        non_local: bool | int = False,
        non_local_cfg: Mapping[str, Any] = dict(),
        *layers: Any,
        inflate_style: InflateStyle = '3x1x1',
        **options: Any,
    ) -> None:
        super().__init__(
            inplanes,
            planes,
            spatial_stride,
            temporal_stride,
            dilation,
            downsample,
            style,
            inflate,
            inflate_style,
            non_local,
            non_local_cfg,
            *layers,
            **options,
        )
        self.conv1_stride_s, self.conv1_stride_t = spatial_stride, temporal_stride
        self.conv2_stride_s, self.conv2_stride_t = 1, 1


class Bottleneck3d(_ClipBlock, Bottleneck):
    """Bottleneck over clips; the arguments are those of :class:`_ClipBlock`."""

    inflated_kernels = staticmethod(bottleneck_kernels)

    @property
    def conv1_stride_s(self) -> int:
        """Stride of the first convolution in height and width."""
        return self.spatial_stride if self.style == 'caffe' else 1

    @property
    def conv1_stride_t(self) -> int:
        """Stride of the first convolution in time."""
        return self.temporal_stride if self.style == 'caffe' else 1

    @property
    def conv2_stride_s(self) -> int:
        """Stride of the second convolution in height and width."""
        return 1 if self.style == 'caffe' else self.spatial_stride

    @property
    def conv2_stride_t(self) -> int:
        """Stride of the second convolution in time."""
        return 1 if self.style == 'caffe' else self.temporal_stride
