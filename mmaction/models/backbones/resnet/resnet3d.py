"""3D ResNets: I3D, and the base of SlowFast, SlowOnly, R(2+1)D and CSN.

Carreira and Zisserman, 2017, https://arxiv.org/abs/1705.07750; Wang et al., 2018, https://arxiv.org/abs/1711.07971.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from mmaction.models.backbones.freezing import check_frozen
from mmaction.models.backbones.resnet.arch3d import Laterals, plan_stages
from mmaction.models.backbones.resnet.blocks import Style
from mmaction.models.backbones.resnet.blocks3d import BasicBlock3d, Bottleneck3d
from mmaction.models.backbones.resnet.inflated import InflatedNet
from mmaction.models.backbones.resnet.kernels import InflateStyle
from mmaction.models.backbones.resnet.stages import (
    ArchSettings,
    BlockType,
    build_stage,
    check_stages,
    depth_table,
    per_block,
    per_stage,
    stage_depths,
)
from mmaction.models.common.bricks import Config
from mmaction.models.common.conv_module import ConvModule
from mmaction.models.common.non_local import rounding_for
from mmaction.registry import MODELS
from mmaction.weights import RenameTable
from mmaction.weights.tables.pyslowfast import HUB_POOLED, HUB_SINGLE, PYSLOWFAST_SINGLE
from mmaction.weights.tables.torchvision import TORCHVISION_3D

__all__ = ['BasicBlock3d', 'Bottleneck3d', 'ResNet3d']


@MODELS.register_module()
class ResNet3d(InflatedNet):
    """ResNet over clips.

    Args:
        depth: 18, 34, 50, 101 or 152.
        pretrained: path, URL or ``torchvision://resnet50`` of weights that :meth:`init_weights` loads.
        stage_blocks: blocks of each stage, instead of those of ``depth``.
        pretrained2d: whether ``pretrained`` is a 2D ResNet, to be inflated; False: weights of this network, also
            with the names of torchvision's video ResNets, of PySlowFast or of PyTorchVideo's hub.
        base_channels: channels of the stem.
        spatial_strides, temporal_strides: of the first block of each stage.
        dilations: of the 3x3 convolutions of each stage, in height and width.
        conv1_kernel: of the stem, (t, h, w).
        conv1_stride_s, conv1_stride_t: of the stem, in height and width, and in time.
        pool1_stride_s, pool1_stride_t: of the pooling after the stem, likewise.
        with_pool1: whether the stem is pooled.
        with_pool2: whether time is halved after the first stage.
        inflate: for each stage, or each block of it, whether its kernels span time.
        inflate_style: '3x1x1' inflates the first convolution of a bottleneck, '3x3x3' the second.
        non_local: for each stage, or each block of it, whether a non-local block follows.
        non_local_cfg: keywords of :class:`NonLocal3d`.
        zero_init_residual: whether each block starts as the identity.
        init_cfg: initialization; by default Kaiming for convolutions and 1 for the scale of norms;
            ``dict(type='Pretrained', checkpoint=...)`` is the same as ``pretrained``.
        laterals: connections from a second pathway, for which the stages reserve input channels.
        **block_options: further keywords of the blocks.

    The other arguments are those of :class:`~mmaction.models.backbones.ResNet`.
    """

    arch_settings: ArchSettings = depth_table(BasicBlock3d, Bottleneck3d)
    tables: Sequence[RenameTable] = (TORCHVISION_3D, PYSLOWFAST_SINGLE, HUB_POOLED, HUB_SINGLE)

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
        *,
        laterals: Laterals | None = None,
        **block_options: Any,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        self.block, self.stage_blocks = stage_depths(self.arch_settings, depth, num_stages, stage_blocks)
        check_stages(
            num_stages,
            out_indices,
            spatial_strides=spatial_strides,
            temporal_strides=temporal_strides,
            dilations=dilations,
        )
        check_frozen(frozen_stages, num_stages)
        # The attributes of MMAction2, which subclasses read in the methods below.
        self.stage_inflations = per_stage(inflate, num_stages, 'inflate')
        self.non_local_stages = per_stage(non_local, num_stages, 'non_local')
        self.depth, self.num_stages, self.out_indices = depth, num_stages, tuple(out_indices)
        self.pretrained2d = pretrained2d
        self.in_channels, self.base_channels = in_channels, base_channels
        self.spatial_strides, self.temporal_strides = tuple(spatial_strides), tuple(temporal_strides)
        self.dilations, self.style = tuple(dilations), style
        self.conv1_kernel = tuple(conv1_kernel)
        self.conv1_stride_s, self.conv1_stride_t = conv1_stride_s, conv1_stride_t
        self.pool1_stride_s, self.pool1_stride_t = pool1_stride_s, pool1_stride_t
        self.with_pool1, self.with_pool2 = with_pool1, with_pool2
        self.inflate_style, self.non_local_cfg = inflate_style, non_local_cfg
        self.conv_cfg, self.norm_cfg, self.act_cfg = conv_cfg, norm_cfg, act_cfg
        self.frozen_stages, self.norm_eval = frozen_stages, norm_eval
        self.with_cp, self.zero_init_residual = with_cp, zero_init_residual

        self.stage_plans = plan_stages(num_stages, base_channels, self.block.expansion, laterals)
        self.inplanes = base_channels
        self._make_stem_layer()
        self._add_stages(self._make_stage(index, block_options) for index in range(num_stages))
        self.feat_dim = self.inplanes

    def _make_stem_layer(self) -> None:
        """Register ``conv1`` and the poolings ``maxpool`` (of the stem) and ``pool2`` (after the first stage)."""
        self.conv1 = ConvModule(
            self.in_channels,
            self.base_channels,
            self.conv1_kernel,
            stride=(self.conv1_stride_t, self.conv1_stride_s, self.conv1_stride_s),
            padding=tuple(k // 2 for k in self.conv1_kernel),
            bias=False,
            conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
        )
        pool_stride = (self.pool1_stride_t, self.pool1_stride_s, self.pool1_stride_s)
        self.maxpool = nn.MaxPool3d(kernel_size=(1, 3, 3), stride=pool_stride, padding=(0, 1, 1))
        self.pool2 = nn.MaxPool3d(kernel_size=(2, 1, 1), stride=(2, 1, 1))

    def _make_stage(self, index: int, block_options: Mapping[str, Any]) -> nn.Module:
        # Through make_res_layer, with the arguments that MMAction2 passes: subclasses override it.
        stage = self.stage_plans[index]
        layer = self.make_res_layer(
            self.block,
            stage.inplanes,
            stage.planes,
            self.stage_blocks[index],
            spatial_stride=self.spatial_strides[index],
            temporal_stride=self.temporal_strides[index],
            dilation=self.dilations[index],
            style=self.style,
            inflate=self.stage_inflations[index],
            inflate_style=self.inflate_style,
            non_local=self.non_local_stages[index],
            non_local_cfg=self.non_local_cfg,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
            conv_cfg=self.conv_cfg,
            with_cp=self.with_cp,
            **block_options,
        )
        self.inplanes = stage.planes * self.block.expansion
        return layer

    @staticmethod
    def make_res_layer(
        block: BlockType,
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
        **block_options: Any,
    ) -> nn.Sequential:
        """Build a stage of residual blocks.

        Args:
            block: :class:`BasicBlock3d`, :class:`Bottleneck3d` or a class with their keywords.
            inplanes: channels that enter.
            planes: channels inside the blocks.
            blocks: number of blocks.
            spatial_stride: of the first block.
            temporal_stride: of the first block.
            dilation: see ``block``, like the others that are not here.
            inflate: for all or for each block, whether its kernels span time.
            non_local: for all or for each block, whether a non-local block follows.
            norm_cfg: norm layer of the blocks and of the projection.
            act_cfg: activation layer; None: the default of ``block``.
            conv_cfg: convolution layer of the blocks and of the projection.
            **block_options: further keywords of ``block``.
        """
        keywords = dict(block_options, dilation=dilation, style=style, inflate_style=inflate_style, with_cp=with_cp)
        keywords.update(non_local_cfg=non_local_cfg, norm_cfg=norm_cfg, conv_cfg=conv_cfg)
        if act_cfg is not None:
            keywords['act_cfg'] = act_cfg

        def make_block(inplanes: int, planes: int, stride: Sequence[int] = (1, 1, 1), **options: Any) -> nn.Module:
            strides = dict(temporal_stride=stride[0], spatial_stride=stride[1])
            return block(inplanes, planes, **strides, **options, **keywords)

        inflations = per_block(inflate, blocks, 'inflate')
        non_locals = per_block(non_local, blocks, 'non_local')
        return build_stage(
            make_block,
            inplanes,
            planes,
            [dict(inflate=i, non_local=n) for i, n in zip(inflations, non_locals)],
            expansion=block.expansion,
            stride=(temporal_stride, spatial_stride, spatial_stride),
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
        )

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """(N, C, T, H, W) -> features of the stages in ``out_indices``; one tensor if that is one stage."""
        self._check_channels(x)
        with rounding_for(self.non_local_cfg):
            x = self.conv1(x)
            if self.with_pool1:
                x = self.maxpool(x)
            return self._run_stages(x, pool=self.pool2 if self.with_pool2 else None)
