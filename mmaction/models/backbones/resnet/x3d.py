"""X3D (Feichtenhofer, 2020, https://arxiv.org/abs/2004.04730): a tiny 2D network expanded along several axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

from torch import Tensor, nn

from mmaction.models.backbones.freezing import check_frozen
from mmaction.models.backbones.resnet.blocks import ResidualBlock
from mmaction.models.backbones.resnet.inflated import InflatedNet
from mmaction.models.backbones.resnet.kernels import I3D_333
from mmaction.models.backbones.resnet.stages import ResidualNet, build_stage, check_stages
from mmaction.models.common.bricks import Config, Swish, build_act
from mmaction.models.common.conv_module import ConvModule, conv_add_act
from mmaction.models.common.squeeze_excite import SEModule, round_width
from mmaction.registry import MODELS
from mmaction.utils.check import pick
from mmaction.weights.tables.pyslowfast import PYSLOWFAST_X3D

__all__ = ['X3D', 'BlockX3D', 'SEModule']

_BASE_CHANNELS = 24
_BASE_BLOCKS = (1, 2, 5, 3)
SEStyle = Literal['half', 'all']


class BlockX3D(ResidualBlock):
    """Inverted bottleneck: widen, convolve each channel separately, squeeze-and-excite, narrow.

    Args:
        inplanes: channels of the input.
        planes: channels inside.
        outplanes: channels of the output.
        spatial_stride: of height and width.
        downsample: module on the shortcut, required where the shape changes.
        se_ratio: reduction of :class:`SEModule`; None for none.
        use_swish: swish after the depthwise convolution; False: the activation of ``act_cfg``.
        **kwargs: keywords of :class:`ResidualBlock`.
    """

    expansion = 1
    default_kernels = I3D_333

    def __init__(
        self,
        inplanes: int,
        planes: int,
        outplanes: int,
        spatial_stride: int = 1,
        downsample: nn.Module | None = None,
        se_ratio: float | None = None,
        use_swish: bool = True,
        conv_cfg: Config = dict(type='Conv3d'),
        norm_cfg: Config = dict(type='BN3d'),
        act_cfg: Config = dict(type='ReLU'),
        **kwargs: Any,
    ) -> None:
        self.outplanes = outplanes
        stride = (1, spatial_stride, spatial_stride)
        layers: dict[str, Any] = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
        super().__init__(inplanes, planes, stride, downsample=downsample, **layers, **kwargs)
        self.spatial_stride, self.se_ratio, self.use_swish = spatial_stride, se_ratio, use_swish
        self.swish = Swish() if use_swish else build_act(self.act_cfg)
        if se_ratio is not None:
            self.se_module = SEModule(planes, se_ratio)

    def _build_convs(self) -> None:
        planes = self.planes
        self.conv1 = self._conv(0, self.inplanes, planes)
        self.conv2 = self._conv(1, planes, planes, strided=True, activate=False, groups=planes)
        self.conv3 = self._conv(2, planes, self.outplanes, activate=False)

    def hidden(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        if self.se_ratio is None:
            return conv_add_act(self.conv2, x, self.swish)
        return self.swish(self.se_module(self.conv2(x)))


@MODELS.register_module()
class X3D(ResidualNet):
    """X3D of any width, bottleneck and depth; time keeps its length throughout.

    X3D-S and -M are ``gamma_w=1, gamma_b=2.25, gamma_d=2.2``.

    Args:
        gamma_w: factor of the width, of 24 channels at the stem.
        gamma_b: channels inside a block, relative to those that leave it.
        gamma_d: factor of the depth, of 1, 2, 5 and 3 blocks.
        pretrained: path or URL of weights that :meth:`init_weights` loads, also with PySlowFast's names.
        spatial_strides: of the first block of each stage.
        se_style: squeeze-and-excitation in every second block of a stage, from the first ('half'), or in 'all'.
        se_ratio: its reduction; None for none at all.
        use_swish: swish in the middle of the blocks.
        act_cfg: layer of the other activations.
        zero_init_residual: start every block as the identity.
        **block_options: further keywords of the blocks.

    The other arguments are those of :class:`~mmaction.models.backbones.ResNet`.
    """

    tables = (PYSLOWFAST_X3D,)
    default_init = InflatedNet.default_init
    stem = 'conv1_s.conv.weight'
    stem_names = ('conv1_s', 'conv1_t')

    def __init__(
        self,
        gamma_w: float = 1.0,
        gamma_b: float = 1.0,
        gamma_d: float = 1.0,
        pretrained: str | None = None,
        in_channels: int = 3,
        num_stages: int = 4,
        spatial_strides: Sequence[int] = (2, 2, 2, 2),
        frozen_stages: int = -1,
        se_style: SEStyle = 'half',
        se_ratio: float | None = 1 / 16,
        use_swish: bool = True,
        conv_cfg: Config = dict(type='Conv3d'),
        norm_cfg: Config = dict(type='BN3d', requires_grad=True),
        act_cfg: Config = dict(type='ReLU', inplace=True),
        norm_eval: bool = False,
        with_cp: bool = False,
        zero_init_residual: bool = True,
        **block_options: Any,
    ) -> None:
        super().__init__(pretrained)
        for name, factor in (('gamma_w', gamma_w), ('gamma_b', gamma_b), ('gamma_d', gamma_d)):
            if not factor > 0:
                raise ValueError(f'{name} ({factor}) must be above 0.')
        pick((1, 2, 3, 4), num_stages, 'num_stages')
        pick(get_args(SEStyle), se_style, 'se_style')
        check_stages(num_stages, (0,), spatial_strides=spatial_strides)
        check_frozen(frozen_stages, num_stages)
        self.gamma_w, self.gamma_b, self.gamma_d = gamma_w, gamma_b, gamma_d
        self.in_channels = in_channels
        self.num_stages, self.out_indices = num_stages, (num_stages - 1,)
        self.spatial_strides = tuple(spatial_strides)
        self.frozen_stages, self.norm_eval = frozen_stages, norm_eval
        self.se_style, self.se_ratio, self.use_swish = se_style, se_ratio, use_swish
        self.conv_cfg, self.norm_cfg, self.act_cfg = conv_cfg, norm_cfg, act_cfg
        self.with_cp, self.zero_init_residual = with_cp, zero_init_residual
        self.base_channels = self._round_width(_BASE_CHANNELS, gamma_w)
        self.stage_blocks = tuple(self._round_repeats(blocks, gamma_d) for blocks in _BASE_BLOCKS[:num_stages])

        self.block: Callable[..., nn.Module] = BlockX3D
        self.layer_inplanes = self.base_channels
        self._make_stem_layer()
        self._add_stages(self._make_stage(stage, block_options) for stage in range(num_stages))
        self.feat_dim = int(self.layer_inplanes * gamma_b)
        self.conv5 = ConvModule(
            self.layer_inplanes, self.feat_dim, 1, bias=False, conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg
        )

    # The names of MMAction2, which subclasses override.
    _round_width = staticmethod(round_width)

    @staticmethod
    def _round_repeats(repeats: int, multiplier: float) -> int:
        """Blocks of a stage at this factor of the depth."""
        return math.ceil(repeats * multiplier)

    def _make_stem_layer(self) -> None:
        """Register ``conv1_s``, over space, and ``conv1_t``, over time and one channel at a time."""
        width = self.base_channels
        self.conv1_s = ConvModule(
            self.in_channels,
            width,
            (1, 3, 3),
            stride=(1, 2, 2),
            padding=(0, 1, 1),
            bias=False,
            conv_cfg=self.conv_cfg,
            act_cfg=None,
        )
        self.conv1_t = ConvModule(
            width,
            width,
            (5, 1, 1),
            padding=(2, 0, 0),
            groups=width,
            bias=False,
            conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
        )

    def _make_stage(self, stage: int, block_options: Mapping[str, Any]) -> nn.Module:
        # Through make_res_layer, with the arguments that MMAction2 passes: subclasses override it.
        width = self.base_channels * 2**stage
        layer = self.make_res_layer(
            self.block,
            self.layer_inplanes,
            width,
            int(width * self.gamma_b),
            self.stage_blocks[stage],
            spatial_stride=self.spatial_strides[stage],
            se_style=self.se_style,
            se_ratio=self.se_ratio,
            use_swish=self.use_swish,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
            conv_cfg=self.conv_cfg,
            with_cp=self.with_cp,
            **block_options,
        )
        self.layer_inplanes = width
        return layer

    def make_res_layer(
        self,
        block: Callable[..., nn.Module],
        layer_inplanes: int,
        inplanes: int,
        planes: int,
        blocks: int,
        spatial_stride: int = 1,
        se_style: SEStyle = 'half',
        se_ratio: float | None = None,
        use_swish: bool = True,
        norm_cfg: Config | None = None,
        act_cfg: Config | None = None,
        conv_cfg: Config | None = None,
        with_cp: bool = False,
        **block_options: Any,
    ) -> nn.Sequential:
        """Build a stage of residual blocks, the first of which strides over space.

        Args:
            block: :class:`BlockX3D` or a class with its arguments.
            layer_inplanes: channels that enter the stage.
            inplanes: channels that leave the blocks.
            planes: channels inside the blocks.
            blocks: number of blocks.
            spatial_stride: of the first block.
            se_style: squeeze-and-excitation in every second block, from the first ('half'), or in 'all'.
            se_ratio: its reduction; None for none.
            use_swish: see :class:`BlockX3D`, like ``with_cp``.
            norm_cfg: norm layer of the blocks and of the projection.
            act_cfg: activation layer; None: the default of ``block``.
            conv_cfg: convolution layer of the blocks and of the projection.
            **block_options: further keywords of ``block``.
        """
        step = 1 if se_style == 'all' else 2
        keywords = dict(block_options, use_swish=use_swish, norm_cfg=norm_cfg, conv_cfg=conv_cfg, with_cp=with_cp)
        if act_cfg is not None:
            keywords['act_cfg'] = act_cfg

        def make_block(inplanes: int, outplanes: int, stride: Sequence[int] = (1, 1, 1), **options: Any) -> nn.Module:
            return block(inplanes, planes, outplanes, spatial_stride=stride[1], **options, **keywords)

        return build_stage(
            make_block,
            layer_inplanes,
            inplanes,
            [dict(se_ratio=None if index % step else se_ratio) for index in range(blocks)],
            expansion=1,
            stride=(1, spatial_stride, spatial_stride),
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, T, H, W) -> (N, feat_dim, T, H / 32, W / 32) at the default strides."""
        self._check_channels(x)
        return self.conv5(self._run_stages(self.conv1_t(self.conv1_s(x))))
