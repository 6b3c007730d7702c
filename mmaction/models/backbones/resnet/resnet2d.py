"""ResNet over images (He et al., 2016, https://arxiv.org/abs/1512.03385), as TSN uses it frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from mmengine.logging import MMLogger
from torch import Tensor, nn

from mmaction.models.backbones.freezing import check_frozen
from mmaction.models.backbones.resnet.blocks import BasicBlock, Bottleneck, Style
from mmaction.models.backbones.resnet.by_layer import State, copy_layer, load_by_layer
from mmaction.models.backbones.resnet.stages import (
    ArchSettings,
    BlockType,
    ResidualNet,
    build_stage,
    check_stages,
    depth_table,
    stage_depths,
)
from mmaction.models.common.bricks import Config
from mmaction.models.common.conv_module import ConvModule
from mmaction.registry import MODELS
from mmaction.utils.overrides import overrides
from mmaction.weights import load_weights
from mmaction.weights.tables.torchvision import RESNET

__all__ = ['BasicBlock', 'Bottleneck', 'ResNet', 'make_res_layer']


def make_res_layer(
    block: BlockType,
    inplanes: int,
    planes: int,
    blocks: int,
    stride: int = 1,
    dilation: int = 1,
    style: Style = 'pytorch',
    conv_cfg: Config | None = None,
    norm_cfg: Config | None = None,
    act_cfg: Config | None = None,
    with_cp: bool = False,
) -> nn.Sequential:
    """Build a stage of residual blocks.

    Args:
        block: :class:`BasicBlock`, :class:`Bottleneck` or a class with their keywords.
        inplanes: channels that enter.
        planes: channels inside the blocks.
        blocks: number of blocks.
        stride: of the first block; the other arguments are keywords of ``block``.
    """
    make_block = partial(
        block, dilation=dilation, style=style, conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg, with_cp=with_cp
    )
    return build_stage(
        make_block,
        inplanes,
        planes,
        [{}] * blocks,
        expansion=block.expansion,
        stride=stride,
        conv_cfg=conv_cfg,
        norm_cfg=norm_cfg,
    )


@MODELS.register_module()
class ResNet(ResidualNet):
    """ResNet-18, 34, 50, 101 or 152.

    Args:
        depth: 18, 34, 50, 101 or 152.
        pretrained: path, URL or ``torchvision://resnet50`` of weights that :meth:`init_weights` loads.
        torchvision_pretrain: whether those have torchvision's names; False: those of this class.
        in_channels: channels of the input; weights for three are averaged over the channels if it is another number.
        num_stages: 1..4.
        out_indices: stages, from 0, whose output is returned.
        strides: of the first block of each stage.
        dilations: of the 3x3 convolutions of each stage.
        style: 'pytorch' strides in the 3x3 convolution of a bottleneck, 'caffe' in the first 1x1.
        frozen_stages: -1 none, 0 the stem, n also the first n stages: no gradients, evaluation mode.
        conv_cfg: convolution layer.
        norm_cfg: norm layer.
        act_cfg: activation layer.
        norm_eval: keep all batch norms in evaluation mode.
        partial_bn: freeze all batch norms but the first.
        with_cp: recompute blocks in the backward pass, which saves memory.
        init_cfg: initialization; ``dict(type='Pretrained', checkpoint=...)`` is the same as ``pretrained``.
    """

    arch_settings: ArchSettings = depth_table(BasicBlock, Bottleneck)

    def __init__(
        self,
        depth: int,
        pretrained: str | None = None,
        torchvision_pretrain: bool = True,
        in_channels: int = 3,
        num_stages: int = 4,
        out_indices: Sequence[int] = (3,),
        strides: Sequence[int] = (1, 2, 2, 2),
        dilations: Sequence[int] = (1, 1, 1, 1),
        style: Style = 'pytorch',
        frozen_stages: int = -1,
        conv_cfg: Config = dict(type='Conv'),
        norm_cfg: Config = dict(type='BN2d', requires_grad=True),
        act_cfg: Config = dict(type='ReLU', inplace=True),
        norm_eval: bool = False,
        partial_bn: bool = False,
        with_cp: bool = False,
        init_cfg: Any = [
            dict(type='Kaiming', layer='Conv2d'),
            dict(type='Constant', layer='BatchNorm2d', val=1.0),
        ],
    ) -> None:
        super().__init__(pretrained, init_cfg)
        self.block, self.stage_blocks = stage_depths(self.arch_settings, depth, num_stages)
        check_stages(num_stages, out_indices, strides=strides, dilations=dilations)
        check_frozen(frozen_stages, num_stages)
        # The attributes of MMAction2, which subclasses read in the methods below.
        self.depth, self.num_stages, self.out_indices = depth, num_stages, tuple(out_indices)
        self.torchvision_pretrain = torchvision_pretrain
        if torchvision_pretrain:
            self.tables = (RESNET,)
        self.in_channels, self.inplanes = in_channels, 64
        self.strides, self.dilations, self.style = tuple(strides), tuple(dilations), style
        self.conv_cfg, self.norm_cfg, self.act_cfg = conv_cfg, norm_cfg, act_cfg
        self.frozen_stages, self.norm_eval, self.partial_bn = frozen_stages, norm_eval, partial_bn
        self.with_cp = with_cp

        self._make_stem_layer()
        self._add_stages(self._make_stage(stage) for stage in range(num_stages))
        self.feat_dim = self.inplanes

    def load_pretrained(self, source: str) -> None:
        """Load the weights at ``source``; with torchvision's names through :meth:`_load_torchvision_checkpoint`."""
        if self.torchvision_pretrain:
            self._load_torchvision_checkpoint(MMLogger.get_current_instance())
        else:
            super().load_pretrained(source)

    def _load_torchvision_checkpoint(self, logger: MMLogger | None = None) -> None:
        """Load ``pretrained``: at once, or layer by layer if the hook of a layer is overridden."""
        assert self.pretrained is not None
        if overrides(self, ResNet, '_load_conv_params', '_load_bn_params'):
            state = load_weights(self.pretrained)
            load_by_layer(self, state, self._load_conv_params, self._load_bn_params, logger)
        else:
            super().load_pretrained(self.pretrained)

    @staticmethod
    def _load_conv_params(
        conv: nn.Module, state_dict_tv: State, module_name_tv: str, loaded_param_names: list[str]
    ) -> None:
        """Load one convolution, and note the names of its entries; called only if a subclass overrides it."""
        copy_layer(conv, state_dict_tv, module_name_tv, loaded_param_names)

    @staticmethod
    def _load_bn_params(
        bn: nn.Module, state_dict_tv: State, module_name_tv: str, loaded_param_names: list[str]
    ) -> None:
        """Load one norm, and note the names of its entries; called only if a subclass overrides it."""
        copy_layer(bn, state_dict_tv, module_name_tv, loaded_param_names)

    def _make_stem_layer(self) -> None:
        """Register ``conv1`` and the pooling ``maxpool``."""
        self.conv1 = ConvModule(
            self.in_channels,
            self.inplanes,
            7,
            stride=2,
            padding=3,
            bias=False,
            conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
        )
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)

    def _make_stage(self, stage: int) -> nn.Sequential:
        planes = 64 * 2**stage
        layer = make_res_layer(
            self.block,
            self.inplanes,
            planes,
            self.stage_blocks[stage],
            stride=self.strides[stage],
            dilation=self.dilations[stage],
            style=self.style,
            conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
            with_cp=self.with_cp,
        )
        self.inplanes = planes * self.block.expansion
        return layer

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """(N, C, H, W) -> features of the stages in ``out_indices``; one tensor if that is one stage."""
        self._check_channels(x)
        return self._run_stages(self.maxpool(self.conv1(x)))
