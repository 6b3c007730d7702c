"""ResNet over images (He et al., 2016, https://arxiv.org/abs/1512.03385), as TSN uses it frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.backbones import _weights
from mmaction.models.backbones.resnet.blocks import BasicBlock, Bottleneck, Style
from mmaction.models.backbones.resnet.kernels import BASIC_2D, BOTTLENECK_2D
from mmaction.models.backbones.resnet.stages import arch_settings, build_stage, check_stages, stage_depths
from mmaction.models.backbones.resnet.training import TrainingSwitches, check_frozen
from mmaction.models.common.bricks import Config
from mmaction.models.common.conv_module import ConvModule
from mmaction.registry import MODELS

__all__ = ['BasicBlock', 'Bottleneck', 'ResNet']


@MODELS.register_module()
class ResNet(TrainingSwitches, BaseModule):
    """ResNet-18, 34, 50, 101 or 152.

    Args:
        depth: 18, 34, 50, 101 or 152.
        pretrained: path, address or ``torchvision://resnet50`` of weights that :meth:`init_weights` loads.
        torchvision_pretrain: whether those have torchvision's names. False: this class's own.
        in_channels: channels of the input; weights for three are averaged over the channels where it is another number.
        num_stages: 1..4.
        out_indices: stages, from 0, whose output is returned.
        strides: of the first block of each stage.
        dilations: of the 3x3 convolutions of each stage.
        style: 'pytorch' strides in the 3x3 convolution of a bottleneck, 'caffe' in the first 1x1.
        frozen_stages: -1 none, 0 the stem, n also the first n stages: no gradients, evaluation mode.
        conv_cfg: layer of the convolutions.
        norm_cfg: layer of the norms.
        act_cfg: layer of the activations.
        norm_eval: keep all batch norms in evaluation mode.
        partial_bn: freeze all batch norms but the first.
        with_cp: recompute blocks in the backward pass, which saves memory.
        init_cfg: initialisation; ``dict(type='Pretrained', checkpoint=...)`` is the same as ``pretrained``.
    """

    arch_settings = arch_settings(BasicBlock, Bottleneck)

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
        pretrained, init_cfg = _weights.split_init_cfg(pretrained, init_cfg)
        super().__init__(init_cfg=init_cfg)
        self.block, self.stage_blocks = stage_depths(self.arch_settings, depth, num_stages)
        check_stages(num_stages, out_indices, strides=strides, dilations=dilations)
        check_frozen(frozen_stages, num_stages)
        self.depth, self.in_channels, self.num_stages = depth, in_channels, num_stages
        self.pretrained, self.torchvision_pretrain = pretrained, torchvision_pretrain
        self.out_indices = tuple(out_indices)
        self.strides, self.dilations, self.style = tuple(strides), tuple(dilations), style
        self.frozen_stages, self.norm_eval, self.partial_bn = frozen_stages, norm_eval, partial_bn
        self.conv_cfg, self.norm_cfg, self.act_cfg, self.with_cp = conv_cfg, norm_cfg, act_cfg, with_cp

        layers = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg)
        self.conv1 = ConvModule(in_channels, 64, 7, stride=2, padding=3, bias=False, act_cfg=act_cfg, **layers)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)

        kernels = BASIC_2D if self.block.num_convs == 2 else BOTTLENECK_2D
        self.res_layers: list[str] = []
        inplanes = 64
        for stage, blocks in enumerate(self.stage_blocks):
            planes = 64 * 2**stage
            layer = build_stage(
                partial(self.block, dilation=dilations[stage], style=style, act_cfg=act_cfg, with_cp=with_cp, **layers),
                inplanes,
                planes,
                self.block.expansion,
                [kernels] * blocks,
                stride=(strides[stage],) * 2,
                **layers,
            )
            self.add_module(f'layer{stage + 1}', layer)
            self.res_layers.append(f'layer{stage + 1}')
            inplanes = planes * self.block.expansion
        self.feat_dim = inplanes
        self._apply_switches()

    def init_weights(self) -> None:
        """Initialise after ``init_cfg``, then load ``pretrained``."""
        _weights.check_pretrained(self.pretrained)
        super().init_weights()
        if self.pretrained:
            self._load_pretrained(self.pretrained)

    def _load_pretrained(self, source: str) -> None:
        rename = _weights.from_torchvision if self.torchvision_pretrain else str
        _weights.load_into(self, source, rename=rename)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """(N, C, H, W) -> features of the stages in ``out_indices``; one tensor where that is one stage."""
        x = self.maxpool(self.conv1(x))
        outs = []
        for stage, name in enumerate(self.res_layers):
            x = getattr(self, name)(x)
            if stage in self.out_indices:
                outs.append(x)
        return outs[0] if len(outs) == 1 else tuple(outs)
