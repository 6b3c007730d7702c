"""R(2+1)D (Tran et al., 2018, https://arxiv.org/abs/1711.11248)."""

from __future__ import annotations

from typing import Any, Literal, get_args

from mmaction.models.backbones.resnet.resnet3d import BasicBlock3d, ResNet3d
from mmaction.models.common.bricks import Config
from mmaction.models.common.conv2plus1d import balanced_channels
from mmaction.models.common.conv_module import ConvModule
from mmaction.registry import MODELS
from mmaction.utils.check import pick
from mmaction.weights.tables.torchvision import TORCHVISION_2PLUS1D

Layout = Literal['mmaction', 'torchvision', 'vmz']


class VMZBlock2Plus1d(BasicBlock3d):
    """Basic block of split convolutions with a whole projection. Arguments as for :class:`BasicBlock3d`."""

    def _split(self) -> Config:
        return dict(type='Conv2plus1d')

    def _build_convs(self) -> None:
        self.conv_cfg = self._split()
        super()._build_convs()


class TorchvisionBlock2Plus1d(VMZBlock2Plus1d):
    """Block whose two split convolutions both have the middle channels of the first one."""

    def _split(self) -> Config:
        return dict(type='Conv2plus1d', mid_channels=balanced_channels(self.inplanes, self.planes, (3, 3, 3)))


_STEM_CHANNELS = 45  # in the middle of the stem; the formula of the blocks would give another number
_BLOCKS: dict[str, type[BasicBlock3d]] = {'torchvision': TorchvisionBlock2Plus1d, 'vmz': VMZBlock2Plus1d}


@MODELS.register_module()
class ResNet2Plus1d(ResNet3d):
    """3D ResNet whose convolutions are split into one over space and one over time; time is not pooled.

    Args:
        depth: 18, 34, 50, 101 or 152.
        pretrained: path or URL of weights that :meth:`init_weights` loads.
        conv_cfg: convolution layer, of type 'Conv2plus1d'.
        pretrained2d: must be False: 2D kernels do not fit the split ones.
        with_pool2: whether time is halved after the first stage.
        layout: codebase whose network is built. In 'mmaction' the shortcuts are split too. 'vmz' and 'torchvision',
            of depth 18 or 34, have whole shortcuts and 45 channels in the middle of the stem, and load the weights of
            these codebases; in 'torchvision' both convolutions of a block have the same number of channels in the
            middle.
            ``r2plus1d_18`` is ``ResNet2Plus1d(18, layout='torchvision', with_pool1=False,
            temporal_strides=(1, 2, 2, 2), pretrained='torchvision://r2plus1d_18')``.
        **kwargs: keywords of :class:`ResNet3d`.
    """

    tables = (TORCHVISION_2PLUS1D,)

    def __init__(
        self,
        depth: int = 50,
        pretrained: str | None = None,
        *,
        conv_cfg: Config = dict(type='Conv2plus1d'),
        pretrained2d: bool = False,
        with_pool2: bool = False,
        layout: Layout = 'mmaction',
        **kwargs: Any,
    ) -> None:
        if pretrained2d:
            raise ValueError(
                'pretrained2d must be False: weights of a 2D ResNet do not fit the convolutions of R(2+1)D.'
            )
        if conv_cfg['type'] != 'Conv2plus1d':
            raise ValueError(
                f"The type of conv_cfg ({conv_cfg['type']}) must be 'Conv2plus1d'. Use ResNet3d for other convolutions."
            )
        pick(get_args(Layout), layout, 'layout')
        self.layout = layout
        if layout != 'mmaction':
            self.arch_settings = {
                depth: (_BLOCKS[layout], blocks) for depth, (_, blocks) in self.arch_settings.items() if depth < 50
            }
            conv_cfg = dict(type='Conv3d')  # for the shortcuts; the blocks split their own convolutions
        super().__init__(depth, pretrained, pretrained2d=False, with_pool2=with_pool2, conv_cfg=conv_cfg, **kwargs)
        if layout != 'mmaction':
            self.conv1 = self._split_stem(self.conv1)

    @staticmethod
    def _split_stem(whole: ConvModule) -> ConvModule:
        return ConvModule(
            whole.in_channels,
            whole.out_channels,
            whole.kernel_size,
            stride=whole.stride,
            padding=whole.padding,
            bias=False,
            conv_cfg=dict(type='Conv2plus1d', mid_channels=_STEM_CHANNELS),
            norm_cfg=whole.norm_cfg,
            act_cfg=whole.act_cfg,
        )
