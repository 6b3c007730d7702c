"""SlowFast: two 3D ResNets at two frame rates (Feichtenhofer et al., 2019, https://arxiv.org/abs/1812.03982)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.backbones import _weights
from mmaction.models.backbones._pyslowfast_names import HUB_SLOWFAST, PYSLOWFAST, fast_first, fold_output_bias
from mmaction.models.backbones._rename import ForeignNames
from mmaction.models.backbones._video_weights import load_video_weights
from mmaction.models.backbones.resnet.arch3d import Lateral, Laterals
from mmaction.models.backbones.resnet.resnet3d import ResNet3d
from mmaction.models.common.conv_module import ConvModule
from mmaction.models.common.deconv_module import DeConvModule
from mmaction.registry import MODELS

__all__ = ['DeConvModule', 'ResNet3dPathway', 'ResNet3dSlowFast']


class ResNet3dPathway(ResNet3d):
    """3D ResNet whose stages may take in features of a second pathway.

    A lateral connection is a convolution over time that brings the features of the other pathway to the frame rate of
    this one; its output joins the channels of this pathway. ``conv1_lateral`` leads to the first stage,
    ``layer1_lateral`` to the second and so on.

    Args:
        lateral: whether there are lateral connections.
        lateral_norm: whether norm and activation follow their convolutions.
        speed_ratio: frames of the faster pathway for one of the slower.
        channel_ratio: channels of the slower pathway for one of the faster.
        fusion_kernel: of the lateral convolutions, in time.
        lateral_inv: the other pathway is the slower one, so the lateral convolutions are transposed.
        lateral_infl: output channels of a lateral convolution for one channel of the other pathway; with
            ``lateral_inv`` channels of the other pathway for one output channel.
        lateral_activate: for each stage, whether a lateral connection leads to it.
        **kwargs: keywords of :class:`ResNet3d`.
    """

    def __init__(
        self,
        lateral: bool = False,
        lateral_norm: bool = False,
        speed_ratio: int = 8,
        channel_ratio: int = 8,
        fusion_kernel: int = 5,
        lateral_inv: bool = False,
        lateral_infl: int = 2,
        lateral_activate: Sequence[int] = (1, 1, 1, 1),
        **kwargs: Any,
    ) -> None:
        laterals = Laterals(channel_ratio, lateral_infl, lateral_inv, tuple(lateral_activate))
        super().__init__(laterals=laterals if lateral else None, **kwargs)
        self.lateral, self.lateral_norm, self.lateral_inv = lateral, lateral_norm, lateral_inv
        self.speed_ratio, self.channel_ratio, self.fusion_kernel = speed_ratio, channel_ratio, fusion_kernel
        self.lateral_infl, self.lateral_activate = lateral_infl, tuple(lateral_activate)
        self.lateral_connections: list[str] = []
        for index, stage in enumerate(self.arch.stages):
            if stage.lateral is None:
                continue
            self.add_module(stage.lateral.name, self._make_lateral(stage.lateral))
            if index > 0:  # as in MMAction2, the connection after the stem is not listed
                self.lateral_connections.append(stage.lateral.name)
        self._apply_switches()

    def _make_lateral(self, lateral: Lateral) -> nn.Module:
        kernel = (self.fusion_kernel, 1, 1)
        stride = (self.speed_ratio, 1, 1)
        padding = ((self.fusion_kernel - 1) // 2, 0, 0)
        if self.lateral_inv:
            return DeConvModule(lateral.in_channels, lateral.out_channels, kernel, stride, padding)
        return ConvModule(
            lateral.in_channels,
            lateral.out_channels,
            kernel,
            stride,
            padding,
            bias=False,
            conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg if self.lateral_norm else None,
            act_cfg=self.act_cfg if self.lateral_norm else None,
        )

    # A lateral connection is frozen with the stem or stage that it follows.
    def _stem_modules(self) -> list[nn.Module]:
        return super()._stem_modules() + self._lateral_to(0)

    def _stage_modules(self, stage: int) -> list[nn.Module]:
        return super()._stage_modules(stage) + self._lateral_to(stage)

    def _lateral_to(self, stage: int) -> list[nn.Module]:
        """The lateral connection to a stage (from 0), if there is one and it is built."""
        lateral = self.arch.stages[stage].lateral if stage < self.num_stages else None
        children = dict(self.named_children())
        return [children[lateral.name]] if lateral and lateral.name in children else []

    def stem(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) -> input of the first stage."""
        x = self.conv1(x)
        return self.maxpool(x) if self.with_pool1 else x

    def join(self, stage: int, x: Tensor, other: Tensor) -> Tensor:
        """Input of a stage (from 0): ``x``, joined by the features of the other pathway where a connection leads."""
        lateral = self.arch.stages[stage].lateral
        if lateral is None:
            return x
        return torch.cat([x, getattr(self, lateral.name)(other)], dim=1)

    def inflate_weights(self) -> None:
        """Load ``pretrained``, weights of a 2D ResNet; they take nothing from the lateral connections (zeros)."""
        from mmaction.engine.checkpoint import load_weights

        state = {}
        for name, weight in load_weights(self.pretrained, map_location='cpu').items():
            name = _weights.from_torchvision(name.removeprefix('backbone.'))
            stage, _, rest = name.partition('.')
            if rest in ('0.conv1.conv.weight', '0.downsample.conv.weight') and stage in self.res_layers:
                extra = self.get_parameter(name).shape[1] - weight.shape[1]
                lateral = self.arch.stages[self.res_layers.index(stage)].lateral
                if lateral and 0 < extra == lateral.out_channels:
                    weight = torch.cat([weight, weight.new_zeros(len(weight), extra, *weight.shape[2:])], dim=1)
            state[name] = weight
        _weights.load_into(self, self.pretrained, state=state)


_PATHWAYS: dict[str, type[ResNet3dPathway]] = {'resnet3d': ResNet3dPathway}


def build_pathway(cfg: Mapping[str, Any], **ratios: int) -> ResNet3dPathway:
    """The pathway of a config, whose ``type`` is 'resnet3d'; with lateral connections it gets ``ratios`` too."""
    if not isinstance(cfg, Mapping) or 'type' not in cfg:
        raise TypeError(f'A pathway must be a dict with the key "type", got {cfg!r}.')
    options = dict(cfg)
    kind = options.pop('type')
    if kind not in _PATHWAYS:
        raise KeyError(f'type ({kind}) of a pathway must be {" or ".join(_PATHWAYS)}.')
    return _PATHWAYS[kind](**options | (ratios if options.get('lateral') else {}))


@MODELS.register_module()
class ResNet3dSlowFast(ForeignNames, BaseModule):
    """A wide net on few frames and a narrow one on many, which hands its features over in front of every stage.

    Time is pooled in neither of them (``with_pool2`` of the pathways says nothing here), and both give the features of
    their last stage.

    Args:
        pretrained: path or address of weights of the whole net: ours, or those of PySlowFast and of PyTorchVideo's hub
            (whose lateral connections have norms: ``lateral_norm=True``). Without it each pathway loads its own
            ``pretrained``.
        resample_rate: the slow pathway sees every ``resample_rate``-th frame (tau in the paper).
        speed_ratio: frames of the fast pathway for one of the slow (alpha); divides ``resample_rate``.
        channel_ratio: channels of the slow pathway for one of the fast (1 / beta).
        slow_pathway: ``type='resnet3d'`` and keywords of :class:`ResNet3dPathway`.
        fast_pathway: likewise, with ``lateral=False``.
        init_cfg: initialisation of the whole net; ``dict(type='Pretrained', checkpoint=...)`` as ``pretrained``.
    """

    foreign_tables = (PYSLOWFAST, HUB_SLOWFAST)

    def __init__(
        self,
        pretrained: str | None = None,
        resample_rate: int = 8,
        speed_ratio: int = 8,
        channel_ratio: int = 8,
        slow_pathway: Mapping[str, Any] = dict(
            type='resnet3d',
            depth=50,
            pretrained=None,
            lateral=True,
            conv1_kernel=(1, 7, 7),
            conv1_stride_t=1,
            pool1_stride_t=1,
            inflate=(0, 0, 1, 1),
        ),
        fast_pathway: Mapping[str, Any] = dict(
            type='resnet3d',
            depth=50,
            pretrained=None,
            lateral=False,
            base_channels=8,
            conv1_kernel=(5, 7, 7),
            conv1_stride_t=1,
            pool1_stride_t=1,
        ),
        init_cfg: Any = None,
    ) -> None:
        pretrained, init_cfg = _weights.split_init_cfg(pretrained, init_cfg)
        super().__init__(init_cfg=init_cfg)
        if speed_ratio < 1 or resample_rate % speed_ratio:
            raise ValueError(f'speed_ratio ({speed_ratio}) must divide resample_rate ({resample_rate}).')
        self.pretrained = pretrained
        self.resample_rate, self.speed_ratio, self.channel_ratio = resample_rate, speed_ratio, channel_ratio
        self.slow_path = build_pathway(slow_pathway, speed_ratio=speed_ratio, channel_ratio=channel_ratio)
        self.fast_path = build_pathway(fast_pathway)
        self._check_pathways()

    def _check_pathways(self) -> None:
        slow, fast = self.slow_path, self.fast_path
        if fast.lateral:
            raise ValueError('lateral of the fast pathway must be False: features flow from the fast to the slow one.')
        if slow.num_stages != fast.num_stages:
            raise ValueError(f'Both pathways must have as many stages, got {slow.num_stages} and {fast.num_stages}.')
        widths = [(path.base_channels, path.feat_dim) for path in (slow, fast)]
        if slow.lateral and widths[0] != tuple(width * self.channel_ratio for width in widths[1]):
            raise ValueError(
                f'The fast pathway, with {widths[1]} channels in stem and last stage, must be channel_ratio '
                f'({self.channel_ratio}) times as narrow as the slow one, with {widths[0]}.'
            )

    def _adapted(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        return fast_first(fold_output_bias(state), self.slow_path.feat_dim)

    def init_weights(self, pretrained: str | None = None) -> None:
        """Initialise both pathways, then load ``pretrained``: the argument, or that of the constructor."""
        if pretrained is not None:
            self.pretrained = pretrained
        _weights.check_pretrained(self.pretrained)
        super().init_weights()  # that of the pathways too
        if self.pretrained:
            load_video_weights(self, self.pretrained)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, T, H, W) -> features of the slow and of the fast pathway, whose times differ by ``speed_ratio``."""
        slow_path, fast_path = self.slow_path, self.fast_path
        slow = slow_path.stem(x[:, :, :: self.resample_rate])  # T -> T / resample_rate
        fast = fast_path.stem(x[:, :, :: self.resample_rate // self.speed_ratio])
        for stage, name in enumerate(slow_path.res_layers):
            slow = slow_path.join(stage, slow, fast)
            slow = getattr(slow_path, name)(slow)
            fast = getattr(fast_path, name)(fast)
        return slow, fast
