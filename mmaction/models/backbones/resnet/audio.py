"""ResNet over log-mel spectrograms: the audio pathway of AVSlowFast (https://arxiv.org/abs/2001.08740, sec. 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from mmengine.model import BaseModule
from torch import Tensor

from mmaction.models.backbones import _weights
from mmaction.models.backbones.resnet.blocks import Bottleneck
from mmaction.models.backbones.resnet.kernels import BOTTLENECK_2D
from mmaction.models.backbones.resnet.stages import (
    ArchSettings,
    arch_settings,
    build_stage,
    check_stages,
    per_block,
    stage_depths,
)
from mmaction.models.backbones.resnet.training import TrainingSwitches, check_frozen, zero_residuals
from mmaction.models.common.bricks import Config
from mmaction.models.common.conv_module import ConvModule
from mmaction.registry import MODELS

__all__ = ['ResNetAudio']


class AudioBottleneck(Bottleneck):
    """A bottleneck whose middle convolution has neither norm nor activation of its own."""

    factorize: ClassVar[bool] = False  # whether it sees time and frequency apart

    def _build_convs(self) -> None:
        self.conv1 = self._conv(0, self.inplanes, self.planes)
        self.conv2 = ConvModule(
            self.planes,
            self.planes,
            self.kernels[1],
            stride=self.stride,
            padding=self.dilation,  # of a 3 x 3 kernel
            dilation=self.dilation,
            bias=False,
            conv_cfg=dict(type='ConvAudio') if self.factorize else self.conv_cfg,
            norm_cfg=None,
            act_cfg=None,
        )
        width = self.planes * 2 if self.factorize else self.planes
        self.conv3 = self._conv(2, width, self.planes * self.expansion, activate=False)


class FactorizedBottleneck(AudioBottleneck):
    """Its middle convolution is a :class:`ConvAudio`, which norms and activates its two halves."""

    factorize = True


def _block(*args: Any, factorize: int, **kwargs: Any) -> AudioBottleneck:
    return (FactorizedBottleneck if factorize else AudioBottleneck)(*args, **kwargs)


@MODELS.register_module()
class ResNetAudio(TrainingSwitches, BaseModule):
    """ResNet-50, 101 or 152 of half the usual width, without pooling behind the stem.

    Args:
        depth: 50, 101 or 152.
        pretrained: path or address of weights that :meth:`init_weights` loads.
        in_channels: channels of the spectrogram.
        num_stages: 1..4.
        base_channels: channels of the stem; the stages are 4, 8, 16 and 32 times as wide.
        strides: of the first block of each stage.
        dilations: of the 3 x 3 convolutions of each stage.
        conv1_kernel: kernel of the stem, over time and over frequency apart.
        conv1_stride: stride of the stem.
        frozen_stages: -1 none, 0 the stem, n also the first n stages: no gradients, evaluation mode.
        factorize: stages whose 3 x 3 convolutions see time and frequency apart (1), or not (0); an entry may be a
            tuple, one number a block.
        norm_eval: keep all batch norms in evaluation mode.
        with_cp: recompute blocks in the backward pass, which saves memory.
        conv_cfg: layer of the convolutions that are not factorized.
        norm_cfg: layer of the norms.
        act_cfg: layer of the activations.
        zero_init_residual: let each block start as the identity.
    """

    arch_settings: ClassVar[ArchSettings] = {
        depth: setting for depth, setting in arch_settings(AudioBottleneck, AudioBottleneck).items() if depth >= 50
    }

    def __init__(
        self,
        depth: int,
        pretrained: str | None = None,
        in_channels: int = 1,
        num_stages: int = 4,
        base_channels: int = 32,
        strides: Sequence[int] = (1, 2, 2, 2),
        dilations: Sequence[int] = (1, 1, 1, 1),
        conv1_kernel: int = 9,
        conv1_stride: int = 1,
        frozen_stages: int = -1,
        factorize: int | Sequence[int | Sequence[int]] = (1, 1, 0, 0),
        norm_eval: bool = False,
        with_cp: bool = False,
        conv_cfg: Config = dict(type='Conv'),
        norm_cfg: Config = dict(type='BN2d', requires_grad=True),
        act_cfg: Config = dict(type='ReLU', inplace=True),
        zero_init_residual: bool = True,
    ) -> None:
        super().__init__(
            init_cfg=[
                dict(type='Kaiming', layer='Conv2d'),
                dict(type='Constant', layer=['BatchNorm2d', 'SyncBatchNorm', 'GroupNorm'], val=1.0),
            ]
        )
        _weights.check_pretrained(pretrained)
        self.block, self.stage_blocks = stage_depths(self.arch_settings, depth, num_stages)
        factorize = (factorize,) * num_stages if isinstance(factorize, int) else tuple(factorize)
        check_stages(
            num_stages,
            (num_stages - 1,),
            strides=strides[:num_stages],
            dilations=dilations[:num_stages],
            factorize=factorize[:num_stages],
        )
        check_frozen(frozen_stages, num_stages)
        self.depth, self.in_channels, self.num_stages, self.pretrained = depth, in_channels, num_stages, pretrained
        self.base_channels, self.strides, self.dilations = base_channels, tuple(strides), tuple(dilations)
        self.conv1_kernel, self.conv1_stride = conv1_kernel, conv1_stride
        self.frozen_stages, self.norm_eval, self.with_cp = frozen_stages, norm_eval, with_cp
        self.stage_factorization, self.zero_init_residual = factorize, zero_init_residual
        self.conv_cfg, self.norm_cfg, self.act_cfg = conv_cfg, norm_cfg, act_cfg

        self.conv1 = ConvModule(
            in_channels,
            base_channels,
            conv1_kernel,
            stride=conv1_stride,
            bias=False,
            conv_cfg=dict(type='ConvAudio', op='sum'),
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
        )
        self.res_layers: list[str] = []
        inplanes = base_channels
        for stage, blocks in enumerate(self.stage_blocks):
            planes = base_channels * 2**stage
            apart = per_block(factorize[stage], blocks, f'factorize of stage {stage + 1}')
            layer = build_stage(
                partial(
                    _block,
                    dilation=dilations[stage],
                    conv_cfg=conv_cfg,
                    norm_cfg=norm_cfg,
                    act_cfg=act_cfg,
                    with_cp=with_cp,
                ),
                inplanes,
                planes,
                self.block.expansion,
                [BOTTLENECK_2D] * blocks,
                stride=(strides[stage],) * 2,
                conv_cfg=conv_cfg,
                norm_cfg=norm_cfg,
                options=[dict(factorize=value) for value in apart],
            )
            self.add_module(f'layer{stage + 1}', layer)
            self.res_layers.append(f'layer{stage + 1}')
            inplanes = planes * self.block.expansion
        self.feat_dim = inplanes
        self._apply_switches()

    def init_weights(self) -> None:
        """Initialise, then load ``pretrained``."""
        super().init_weights()
        if self.zero_init_residual:
            zero_residuals(self)
        if self.pretrained:
            _weights.load_into(self, self.pretrained)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, F) -> features of the last stage (N, C', T / 8, F / 8) with the default strides."""
        x = self.conv1(x)
        for name in self.res_layers:
            x = getattr(self, name)(x)
        return x
