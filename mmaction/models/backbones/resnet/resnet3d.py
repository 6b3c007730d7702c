"""3D ResNets: I3D, and the base of SlowFast, SlowOnly, R(2+1)D and CSN.

Carreira and Zisserman, 2017, https://arxiv.org/abs/1705.07750; Wang et al., 2018, https://arxiv.org/abs/1711.07971.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.backbones import _weights
from mmaction.models.backbones._pyslowfast_names import (
    HUB_POOLED,
    HUB_SINGLE,
    PYSLOWFAST_SINGLE,
    fold_output_bias,
)
from mmaction.models.backbones._torchvision_names import TORCHVISION_3D
from mmaction.models.backbones._video_weights import ClipWeights
from mmaction.models.backbones.resnet.blocks import BasicBlock, Bottleneck, Style
from mmaction.models.backbones.resnet.kernels import InflateStyle, Kernels, basic_kernels, bottleneck_kernels
from mmaction.models.backbones.resnet.stages import arch_settings, build_stage, check_stages, per_block, stage_depths
from mmaction.models.backbones.resnet.training import TrainingSwitches, check_frozen
from mmaction.models.common.bricks import Config
from mmaction.models.common.conv_module import ConvModule
from mmaction.models.common.non_local import NonLocal3d
from mmaction.registry import MODELS

_INIT_CFG = [dict(type='Kaiming', layer=['Conv3d']), dict(type='Constant', layer='_BatchNorm', val=1.0)]

__all__ = ['BasicBlock3d', 'Bottleneck3d', 'ResNet3d']


class _ClipBlock:
    """The historic keywords of a block over clips, translated into the parts that the core takes.

    Args:
        inplanes: channels of the input.
        planes: channels inside; the output has ``planes * expansion``.
        spatial_stride: of height and width.
        temporal_stride: of time.
        dilation: of height and width.
        downsample: module on the shortcut, where the shape changes.
        style: 'pytorch' strides in the second convolution of a bottleneck, 'caffe' in the first.
        inflate: whether the kernels span time.
        inflate_style: where time goes in a bottleneck: into the first convolution ('3x1x1') or the second ('3x3x3').
        non_local: whether a non-local block follows.
        non_local_cfg: keywords of :class:`NonLocal3d`.
        conv_cfg: layer of the convolutions.
        norm_cfg: layer of the norms.
        act_cfg: layer of the activations.
        with_cp: recompute the block in the backward pass.
        kernels: kernel of each convolution, in place of ``inflate`` and ``inflate_style``.
    """

    translate = staticmethod(bottleneck_kernels)

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
        conv_cfg: Config = dict(type='Conv3d'),
        norm_cfg: Config = dict(type='BN3d'),
        act_cfg: Config = dict(type='ReLU'),
        with_cp: bool = False,
        *,
        kernels: Kernels | None = None,
    ) -> None:
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
            kernels=kernels or self.translate(inflate, inflate_style),
            non_local_block=NonLocal3d(planes * self.expansion, **non_local_cfg) if non_local else None,
        )


class BasicBlock3d(_ClipBlock, BasicBlock):
    """Basic block over clips; the arguments are those of :class:`_ClipBlock`."""

    translate = staticmethod(basic_kernels)


class Bottleneck3d(_ClipBlock, Bottleneck):
    """Bottleneck over clips; the arguments are those of :class:`_ClipBlock`."""


@MODELS.register_module()
class ResNet3d(ClipWeights, TrainingSwitches, BaseModule):
    """ResNet over clips.

    Args:
        depth: 18, 34, 50, 101 or 152.
        pretrained: path, address or ``torchvision://resnet50`` of weights that :meth:`init_weights` loads.
        stage_blocks: blocks of each stage, in place of those of ``depth``.
        pretrained2d: whether ``pretrained`` is a 2D ResNet, to be inflated. False: weights of this net, also under the
            names of torchvision's video ResNets, of PySlowFast or of PyTorchVideo's hub.
        in_channels: channels of the input; weights for three are averaged over the channels where it is another number.
        num_stages: 1..4.
        base_channels: channels of the stem.
        out_indices: stages, from 0, whose output is returned.
        spatial_strides: of the first block of each stage.
        temporal_strides: of the first block of each stage.
        dilations: of the 3x3 convolutions of each stage, in height and width.
        conv1_kernel: of the stem, (t, h, w).
        conv1_stride_s: of the stem, in height and width.
        conv1_stride_t: of the stem, in time.
        pool1_stride_s: of the pooling behind the stem, in height and width.
        pool1_stride_t: of the pooling behind the stem, in time.
        with_pool1: whether the stem is pooled.
        with_pool2: whether time is halved behind the first stage.
        style: 'pytorch' strides in the second convolution of a bottleneck, 'caffe' in the first.
        frozen_stages: -1 none, 0 the stem, n also the first n stages: no gradients, evaluation mode.
        inflate: for each stage, or each block of it, whether its kernels span time.
        inflate_style: '3x1x1' inflates the first convolution of a bottleneck, '3x3x3' the second.
        conv_cfg: layer of the convolutions.
        norm_cfg: layer of the norms.
        act_cfg: layer of the activations.
        norm_eval: keep all batch norms in evaluation mode.
        with_cp: recompute blocks in the backward pass, which saves memory.
        non_local: for each stage, or each block of it, whether a non-local block follows.
        non_local_cfg: keywords of :class:`NonLocal3d`.
        zero_init_residual: whether each block starts as the identity.
        init_cfg: initialisation, default Kaiming for convolutions and one for norms;
            ``dict(type='Pretrained', checkpoint=...)`` is the same as ``pretrained``.
    """

    arch_settings = arch_settings(BasicBlock3d, Bottleneck3d)
    foreign_tables = (TORCHVISION_3D, PYSLOWFAST_SINGLE, HUB_POOLED, HUB_SINGLE)

    def __init__(
        self,
        depth: int = 50,
        pretrained: str | None = None,
        stage_blocks: Sequence[int] | None = None,
        pretrained2d: bool = True,
        in_channels: int = 3,
        num_stages: int = 4,
        base_channels: int = 64,
        out_indices: Sequence[int] = (3,),
        spatial_strides: Sequence[int] = (1, 2, 2, 2),
        temporal_strides: Sequence[int] = (1, 1, 1, 1),
        dilations: Sequence[int] = (1, 1, 1, 1),
        conv1_kernel: Sequence[int] = (3, 7, 7),
        conv1_stride_s: int = 2,
        conv1_stride_t: int = 1,
        pool1_stride_s: int = 2,
        pool1_stride_t: int = 1,
        with_pool1: bool = True,
        with_pool2: bool = True,
        style: Style = 'pytorch',
        frozen_stages: int = -1,
        inflate: int | Sequence[int | Sequence[int]] = (1, 1, 1, 1),
        inflate_style: InflateStyle = '3x1x1',
        conv_cfg: Config = dict(type='Conv3d'),
        norm_cfg: Config = dict(type='BN3d', requires_grad=True),
        act_cfg: Config = dict(type='ReLU', inplace=True),
        norm_eval: bool = False,
        with_cp: bool = False,
        non_local: int | Sequence[int | Sequence[int]] = (0, 0, 0, 0),
        non_local_cfg: Mapping[str, Any] = dict(),
        zero_init_residual: bool = True,
        init_cfg: Any = None,
    ) -> None:
        pretrained, init_cfg = _weights.split_init_cfg(pretrained, init_cfg)
        super().__init__(init_cfg=init_cfg or _INIT_CFG)
        self.block, self.stage_blocks = stage_depths(self.arch_settings, depth, num_stages, stage_blocks)
        check_stages(
            num_stages,
            out_indices,
            spatial_strides=spatial_strides,
            temporal_strides=temporal_strides,
            dilations=dilations,
        )
        check_frozen(frozen_stages, num_stages)
        self.depth, self.pretrained, self.pretrained2d = depth, pretrained, pretrained2d
        self.in_channels, self.num_stages, self.base_channels = in_channels, num_stages, base_channels
        self.out_indices = tuple(out_indices)
        self.spatial_strides, self.temporal_strides = tuple(spatial_strides), tuple(temporal_strides)
        self.dilations, self.style, self.frozen_stages = tuple(dilations), style, frozen_stages
        self.with_pool1, self.with_pool2 = with_pool1, with_pool2
        self.stage_inflations = self._a_stage(inflate, 'inflate')
        self.non_local_stages = self._a_stage(non_local, 'non_local')
        self.inflate_style, self.non_local_cfg = inflate_style, non_local_cfg
        self.conv_cfg, self.norm_cfg, self.act_cfg = conv_cfg, norm_cfg, act_cfg
        self.norm_eval, self.with_cp, self.zero_init_residual = norm_eval, with_cp, zero_init_residual

        self.conv1 = ConvModule(
            in_channels,
            base_channels,
            tuple(conv1_kernel),
            stride=(conv1_stride_t, conv1_stride_s, conv1_stride_s),
            padding=tuple(k // 2 for k in conv1_kernel),
            bias=False,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
        )
        pool_stride = (pool1_stride_t, pool1_stride_s, pool1_stride_s)
        self.maxpool = nn.MaxPool3d(kernel_size=(1, 3, 3), stride=pool_stride, padding=(0, 1, 1))
        self.pool2 = nn.MaxPool3d(kernel_size=(2, 1, 1), stride=(2, 1, 1))

        self.res_layers: list[str] = []
        self.inplanes = base_channels
        for stage, blocks in enumerate(self.stage_blocks):
            planes = base_channels * 2**stage
            layer = self.make_res_layer(
                self.block,
                self.inplanes + self._side_channels(stage),
                planes,
                blocks,
                spatial_stride=spatial_strides[stage],
                temporal_stride=temporal_strides[stage],
                dilation=dilations[stage],
                style=style,
                inflate=self.stage_inflations[stage],
                inflate_style=inflate_style,
                non_local=self.non_local_stages[stage],
                non_local_cfg=non_local_cfg,
                norm_cfg=norm_cfg,
                act_cfg=act_cfg,
                conv_cfg=conv_cfg,
                with_cp=with_cp,
                **self._block_options(),
            )
            self.inplanes = planes * self.block.expansion
            self.add_module(f'layer{stage + 1}', layer)
            self.res_layers.append(f'layer{stage + 1}')
        self.feat_dim = self.inplanes
        self._apply_switches()

    def _a_stage(self, value: int | Sequence[int | Sequence[int]], name: str) -> tuple[int | Sequence[int], ...]:
        """One entry a stage: a number stands for all of them, and what is said of stages beyond the last is left."""
        values = (value,) * self.num_stages if isinstance(value, int) else tuple(value)
        if len(values) < self.num_stages:
            raise ValueError(f'{name} {values} must have {self.num_stages} entries, one a stage, or be one number.')
        return values[: self.num_stages]

    def _side_channels(self, stage: int) -> int:
        """Channels that enter a stage (from 0) from elsewhere, as from a second pathway."""
        return 0

    def _block_options(self) -> dict[str, Any]:
        """Further keywords of the blocks."""
        return {}

    @staticmethod
    def make_res_layer(
        block: type[nn.Module],
        inplanes: int,
        planes: int,
        blocks: int,
        spatial_stride: int = 1,
        temporal_stride: int = 1,
        dilation: int = 1,
        style: Style = 'pytorch',
        inflate: int | Sequence[int] = 1,
        inflate_style: InflateStyle = '3x1x1',
        non_local: int | Sequence[int] = 0,
        non_local_cfg: Mapping[str, Any] = dict(),
        norm_cfg: Config | None = None,
        act_cfg: Config | None = None,
        conv_cfg: Config | None = None,
        with_cp: bool = False,
        **kwargs: Any,
    ) -> nn.Sequential:
        """A stage of ``blocks`` blocks.

        Args:
            block: :class:`BasicBlock3d`, :class:`Bottleneck3d` or alike.
            inplanes: channels that enter.
            planes: channels inside the blocks.
            blocks: how many.
            spatial_stride: of the first block.
            temporal_stride: of the first block.
            inflate: for all or for each block, whether its kernels span time.
            non_local: for all or for each block, whether a non-local block follows.
            **kwargs: like the others, keywords of ``block``.
        """

        def make_block(inplanes: int, planes: int, *, stride: Sequence[int], **options: Any) -> nn.Module:
            return block(
                inplanes,
                planes,
                spatial_stride=stride[1],
                temporal_stride=stride[0],
                dilation=dilation,
                style=style,
                non_local_cfg=non_local_cfg,
                norm_cfg=norm_cfg,
                act_cfg=act_cfg,
                conv_cfg=conv_cfg,
                with_cp=with_cp,
                **options,
                **kwargs,
            )

        return build_stage(
            make_block,
            inplanes,
            planes,
            block.expansion,
            [block.translate(flag, inflate_style) for flag in per_block(inflate, blocks, 'inflate')],
            stride=(temporal_stride, spatial_stride, spatial_stride),
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            options=[dict(non_local=flag) for flag in per_block(non_local, blocks, 'non_local')],
        )

    def _adapted(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        return fold_output_bias(state)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """(N, C, T, H, W) -> features of the stages in ``out_indices``; one tensor where that is one stage."""
        x = self.conv1(x)
        if self.with_pool1:
            x = self.maxpool(x)
        outs = []
        for stage, name in enumerate(self.res_layers):
            x = getattr(self, name)(x)
            if stage == 0 and self.with_pool2:
                x = self.pool2(x)
            if stage in self.out_indices:
                outs.append(x)
        return outs[0] if len(outs) == 1 else tuple(outs)
