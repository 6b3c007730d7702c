"""SlowFast: two 3D ResNets at two frame rates (Feichtenhofer et al., 2019, https://arxiv.org/abs/1812.03982)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from mmaction.models.backbones.resnet.pathway import ResNet3dPathway
from mmaction.models.common.deconv_module import DeConvModule
from mmaction.registry import MODELS
from mmaction.weights import PretrainedConvNet, RenameTable
from mmaction.weights.rename import State
from mmaction.weights.tables.pyslowfast import HUB_SLOWFAST, PYSLOWFAST, fast_first

__all__ = ['DeConvModule', 'ResNet3dPathway', 'ResNet3dSlowFast', 'build_pathway']

_PATHWAYS: dict[str, type[ResNet3dPathway]] = {'resnet3d': ResNet3dPathway}


def build_pathway(cfg: Mapping[str, Any], **ratios: int) -> ResNet3dPathway:
    """Build the pathway of a config of ``type`` 'resnet3d'; one with lateral connections also takes ``ratios``."""
    if not isinstance(cfg, Mapping) or 'type' not in cfg:
        raise TypeError(f'A pathway must be a dict with the key "type", got {cfg!r}.')
    options = dict(cfg)
    kind = options.pop('type')
    if kind not in _PATHWAYS:
        raise KeyError(f'type ({kind}) of a pathway must be {" or ".join(_PATHWAYS)}.')
    if options.get('lateral'):
        options |= ratios
    return _PATHWAYS[kind](**options)


@MODELS.register_module()
class ResNet3dSlowFast(PretrainedConvNet):
    """Two pathways: a wide network on few frames, and a narrow one on many that feeds each stage of the first.

    Neither pathway pools over time (their ``with_pool2`` has no effect), and both return the features of their last
    stage.

    Args:
        pretrained: path or URL of weights of the whole network: ours, or those of PySlowFast and of PyTorchVideo's hub
            (whose lateral connections have norms: ``lateral_norm=True``). Without it each pathway loads its own
            ``pretrained``.
        resample_rate: the slow pathway sees every ``resample_rate``-th frame (tau in the paper).
        speed_ratio: frames of the fast pathway for one of the slow (alpha); divides ``resample_rate``.
        channel_ratio: channels of the slow pathway for one of the fast (1 / beta).
        slow_pathway: ``type='resnet3d'`` and keywords of :class:`ResNet3dPathway`.
        fast_pathway: likewise, with ``lateral=False``.
        init_cfg: initialization of the whole network; ``dict(type='Pretrained', checkpoint=...)`` as ``pretrained``.
    """

    tables = (PYSLOWFAST, HUB_SLOWFAST)

    def __init__(
        self,
        pretrained: str | None = None,
        resample_rate: int = 8,
        speed_ratio: int = 8,
        channel_ratio: int = 8,
        slow_pathway: Mapping[str, Any] = dict(
            type='resnet3d',
            depth=50,
            lateral=True,
            conv1_kernel=(1, 7, 7),
            inflate=(0, 0, 1, 1),
        ),
        fast_pathway: Mapping[str, Any] = dict(
            type='resnet3d',
            depth=50,
            base_channels=8,
            conv1_kernel=(5, 7, 7),
        ),
        init_cfg: Any = None,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        if speed_ratio < 1 or resample_rate % speed_ratio:
            raise ValueError(f'speed_ratio ({speed_ratio}) must divide resample_rate ({resample_rate}).')
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
        slow_widths, fast_widths = (slow.base_channels, slow.feat_dim), (fast.base_channels, fast.feat_dim)
        if slow.lateral and slow_widths != tuple(width * self.channel_ratio for width in fast_widths):
            raise ValueError(
                f'The fast pathway, with {fast_widths} channels in stem and last stage, must be channel_ratio '
                f'({self.channel_ratio}) times as narrow as the slow one, with {slow_widths}.'
            )

    def adapt(self, state: State, table: RenameTable | None) -> State:
        """Put the fast pathway first in a foreign classifier."""
        return state if table is None else fast_first(state, self.slow_path.feat_dim)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, T, H, W) -> features of the slow and of the fast pathway, whose times differ by ``speed_ratio``."""
        slow_path, fast_path = self.slow_path, self.fast_path
        slow = slow_path.run_stem(x[:, :, :: self.resample_rate])  # T -> T / resample_rate
        fast = fast_path.run_stem(x[:, :, :: self.resample_rate // self.speed_ratio])
        for stage, name in enumerate(slow_path.res_layers):
            slow = slow_path.join(stage, slow, fast)
            slow = getattr(slow_path, name)(slow)
            fast = getattr(fast_path, name)(fast)
        return slow, fast
