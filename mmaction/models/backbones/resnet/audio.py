"""ResNet over log-mel spectrograms: the audio pathway of AVSlowFast (https://arxiv.org/abs/2001.08740, sec. 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn

from mmaction.models.backbones.freezing import check_frozen
from mmaction.models.backbones.resnet.blocks import Bottleneck
from mmaction.models.backbones.resnet.stages import (
    ArchSettings,
    BlockType,
    ResidualNet,
    build_stage,
    check_stages,
    depth_table,
    per_block,
    per_stage,
    stage_depths,
)
from mmaction.models.common.bricks import Config
from mmaction.models.common.conv_module import ConvModule
from mmaction.registry import MODELS

__all__ = ['Bottleneck2dAudio', 'ResNetAudio']


class Bottleneck2dAudio(Bottleneck):
    """Bottleneck whose middle convolution has neither norm nor activation of its own.

    Args:
        inplanes: channels of the input.
        planes: channels inside; the output has four times as many.
        stride: of the middle convolution.
        dilation: of the middle convolution.
        downsample: module on the shortcut, required where the shape changes.
        factorize: whether the middle convolution is a :class:`ConvAudio`, which sees time and frequency apart, with
            norms and activations for its two halves.
        norm_cfg: norm layer.
        with_cp: recompute the block in the backward pass instead of keeping its activations.
        conv_cfg: convolution layer.
        act_cfg: activation layer.
    """

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 2,
        dilation: int = 1,
        downsample: nn.Module | None = None,
        factorize: bool = True,
        norm_cfg: Config | None = None,
        with_cp: bool = False,
        *,
        conv_cfg: Config | None = None,
        act_cfg: Config = dict(type='ReLU', inplace=True),
    ) -> None:
        self.factorize = bool(factorize)  # before the parent's constructor, which builds the convolutions
        super().__init__(
            inplanes,
            planes,
            stride,
            dilation,
            downsample,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
            with_cp=with_cp,
        )

    def _build_convs(self) -> None:
        self.conv1 = self._conv(0, self.inplanes, self.planes)
        self.conv2 = ConvModule(
            self.planes,
            self.planes,
            self.kernels[1],
            stride=self.strides,
            padding=self.dilations,  # of a 3 x 3 kernel
            dilation=self.dilations,
            bias=False,
            conv_cfg=dict(type='ConvAudio') if self.factorize else self.conv_cfg,
            norm_cfg=None,
            act_cfg=None,
        )
        width = self.planes * 2 if self.factorize else self.planes
        self.conv3 = self._conv(2, width, self.planes * self.expansion, activate=False)


@MODELS.register_module()
class ResNetAudio(ResidualNet):
    """ResNet-50, 101 or 152 of half the usual width, without pooling after the stem.

    Args:
        depth: 50, 101 or 152.
        pretrained: path or URL of weights that :meth:`init_weights` loads.
        in_channels: channels of the spectrogram.
        base_channels: channels of the stem; the stages are 4, 8, 16 and 32 times as wide.
        conv1_kernel: kernel of the stem, over time and frequency separately.
        conv1_stride: stride of the stem.
        factorize: stages whose 3 x 3 convolutions see time and frequency apart (1), or not (0); an entry may be a
            tuple, one number per block.
        conv_cfg: layer of the convolutions that are not factorized.
        zero_init_residual: let each block start as the identity.

    The other arguments are those of :class:`~mmaction.models.backbones.ResNet`.
    """

    arch_settings: ArchSettings = {
        depth: setting for depth, setting in depth_table(Bottleneck2dAudio, Bottleneck2dAudio).items() if depth >= 50
    }

    default_init = (
        dict(type='Kaiming', layer='Conv2d'),
        dict(type='Constant', layer=['BatchNorm2d', 'SyncBatchNorm', 'GroupNorm'], val=1.0),
    )

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
        super().__init__(pretrained)
        self.block, self.stage_blocks = stage_depths(self.arch_settings, depth, num_stages)
        check_stages(num_stages, (num_stages - 1,), strides=strides[:num_stages], dilations=dilations[:num_stages])
        check_frozen(frozen_stages, num_stages)
        self.depth, self.num_stages, self.out_indices = depth, num_stages, (num_stages - 1,)
        self.in_channels, self.base_channels = in_channels, base_channels
        self.strides, self.dilations = tuple(strides), tuple(dilations)
        self.conv1_kernel, self.conv1_stride = conv1_kernel, conv1_stride
        self.frozen_stages, self.norm_eval = frozen_stages, norm_eval
        self.stage_factorization = per_stage(factorize, num_stages, 'factorize')
        self.with_cp, self.zero_init_residual = with_cp, zero_init_residual
        self.conv_cfg, self.norm_cfg, self.act_cfg = conv_cfg, norm_cfg, act_cfg

        self._make_stem_layer()
        self.inplanes = base_channels
        self._add_stages(self._make_stage(stage) for stage in range(num_stages))
        self.feat_dim = self.inplanes

    def _make_stem_layer(self) -> None:
        """Register ``conv1``."""
        self.conv1 = ConvModule(
            self.in_channels,
            self.base_channels,
            self.conv1_kernel,
            stride=self.conv1_stride,
            bias=False,
            conv_cfg=dict(type='ConvAudio', op='sum'),
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
        )

    def _make_stage(self, stage: int) -> nn.Module:
        # Through make_res_layer, with the arguments that MMAction2 passes: subclasses override it.
        planes = self.base_channels * 2**stage
        layer = self.make_res_layer(
            self.block,
            self.inplanes,
            planes,
            self.stage_blocks[stage],
            stride=self.strides[stage],
            dilation=self.dilations[stage],
            factorize=self.stage_factorization[stage],
            norm_cfg=self.norm_cfg,
            with_cp=self.with_cp,
            conv_cfg=self.conv_cfg,
            act_cfg=self.act_cfg,
        )
        self.inplanes = planes * self.block.expansion
        return layer

    @staticmethod
    def make_res_layer(
        block: BlockType,
        inplanes: int,
        planes: int,
        blocks: int,
        stride: int = 1,
        dilation: int = 1,
        factorize: int | Sequence[int] = 1,
        norm_cfg: Config | None = None,
        with_cp: bool = False,
        conv_cfg: Config | None = None,
        act_cfg: Config = dict(type='ReLU', inplace=True),
    ) -> nn.Sequential:
        """Build a stage of residual blocks.

        Args:
            block: :class:`Bottleneck2dAudio` or a class with its keywords.
            inplanes: channels that enter.
            planes: channels inside the blocks.
            blocks: number of blocks.
            stride: of the first block.
            dilation: of the 3 x 3 convolutions.
            factorize: for all or for each block, whether its 3 x 3 convolution sees time and frequency apart.
            norm_cfg: norm layer of the blocks and of the projection.
            with_cp: keyword of ``block``, like ``act_cfg``.
            conv_cfg: convolution layer of the blocks and of the projection.
            act_cfg: see ``with_cp``.
        """
        make_block = partial(
            block, stride=1, dilation=dilation, conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg, with_cp=with_cp
        )
        return build_stage(
            make_block,
            inplanes,
            planes,
            [dict(factorize=bool(value)) for value in per_block(factorize, blocks, 'factorize')],
            expansion=block.expansion,
            stride=stride,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
        )

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """(N, C, T, F) -> features of the last stage (N, C', T / 8, F / 8) with the default strides."""
        self._check_channels(x)
        return self._run_stages(self.conv1(x))
