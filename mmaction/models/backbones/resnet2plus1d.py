"""R(2+1)D (Tran et al., 2018, https://arxiv.org/abs/1711.11248)."""

from __future__ import annotations

from typing import Any

from mmaction.models.backbones.resnet3d import ResNet3d
from mmaction.models.common.bricks import Config
from mmaction.registry import MODELS


@MODELS.register_module()
class ResNet2Plus1d(ResNet3d):
    """3D ResNet whose convolutions are split into one over space and one over time; time is not pooled.

    Args:
        *args: arguments of :class:`ResNet3d`.
        conv_cfg: layer of the convolutions.
        pretrained2d: must be False: 2D kernels do not fit the split ones.
        with_pool2: whether time is halved behind the first stage.
        **kwargs: keywords of :class:`ResNet3d`.
    """

    def __init__(
        self,
        *args: Any,
        conv_cfg: Config = dict(type='Conv2plus1d'),
        pretrained2d: bool = False,
        with_pool2: bool = False,
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
        super().__init__(*args, conv_cfg=conv_cfg, pretrained2d=False, with_pool2=with_pool2, **kwargs)
