"""SlowOnly: the slow pathway of SlowFast alone (Feichtenhofer et al., 2019, https://arxiv.org/abs/1812.03982)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmaction.models.backbones.resnet.pathway import ResNet3dPathway
from mmaction.registry import MODELS


@MODELS.register_module()
class ResNet3dSlowOnly(ResNet3dPathway):
    """3D ResNet without stride in time, inflated in the last two stages.

    Args:
        lateral: must be False: there is no second pathway.
        **kwargs: keywords of :class:`ResNet3dPathway`, like ``conv1_kernel``, ``inflate`` and ``with_pool2``.
    """

    def __init__(
        self,
        conv1_kernel: Sequence[int] = (1, 7, 7),
        conv1_stride_t: int = 1,
        pool1_stride_t: int = 1,
        inflate: int | Sequence[int | Sequence[int]] = (0, 0, 1, 1),
        with_pool2: bool = False,
        *,
        lateral: bool = False,
        **kwargs: Any,
    ) -> None:
        if lateral:
            raise ValueError('lateral must be False: ResNet3dSlowOnly has no second pathway to take features from.')
        super().__init__(
            conv1_kernel=conv1_kernel,
            conv1_stride_t=conv1_stride_t,
            pool1_stride_t=pool1_stride_t,
            inflate=inflate,
            with_pool2=with_pool2,
            **kwargs,
        )
