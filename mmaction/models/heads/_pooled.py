"""Base of the heads that average a feature map before they classify it."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor, nn

from mmaction.models.heads._parts import Feats, build_dropout, dropped, pool_and_flatten
from mmaction.models.heads.base import BaseHead
from mmaction.utils.check import pick

CROSS_ENTROPY = dict(type='CrossEntropyLoss')


class PooledHead(BaseHead):
    """Average pooling, dropout and normally distributed initial weights.

    A subclass adds its layers and :meth:`forward`, names the layers to initialize in ``initialized``, and overrides
    the defaults of ``dropout_ratio`` and ``init_std``.

    Args:
        num_classes: number of classes C.
        in_channels: channels of the features.
        loss_cls: config of the loss.
        spatial_type: ``'avg'`` pools over space (and time); None takes features that are pooled already.
        dropout_ratio: dropout before the last layer. None for the default of the class.
        init_std: standard deviation of the initial weights. None for the default of the class.
        **kwargs: arguments of :class:`BaseHead`.

    Raises:
        ValueError: ``spatial_type`` or ``dropout_ratio`` is out of range.
    """

    default_dropout: ClassVar[float] = 0.5
    default_std: ClassVar[float] = 0.01
    pooled_dims: ClassVar[int] = 3
    initialized: ClassVar[tuple[str, ...]] = ('fc_cls',)

    num_classes: int
    in_channels: int

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_cls: dict = CROSS_ENTROPY,
        spatial_type: str | None = 'avg',
        dropout_ratio: float | None = None,
        init_std: float | None = None,
        **kwargs: Any,
    ) -> None:
        if dropout_ratio is None:
            dropout_ratio = self.default_dropout
        if init_std is None:
            init_std = self.default_std
        super().__init__(num_classes, in_channels, loss_cls=loss_cls, **kwargs)
        self.spatial_type = pick(('avg', None), spatial_type, 'spatial_type')
        self.dropout_ratio = dropout_ratio
        self.init_std = init_std
        self.dropout = build_dropout(dropout_ratio)
        # A module without parameters, and not a call of mean(): it is where users hook features and swap the pooling.
        self.avg_pool = average_pool(self.pooled_dims) if spatial_type == 'avg' else None

    def default_init(self) -> dict[str, Any]:
        return init_only(self.initialized, type='Normal', std=self.init_std)

    def _pool(self, x: Feats) -> Tensor:
        """(N, in_channels, ...) -> (N, in_channels)."""
        return pool_and_flatten(self.avg_pool, x, self.pooled_dims + 2)

    def _drop(self, x: Tensor) -> Tensor:
        return dropped(self.dropout, x)


def average_pool(dims: int) -> nn.Module:
    """Build an average over the last ``dims`` dimensions, which are kept with size 1."""
    return nn.AdaptiveAvgPool3d(1) if dims == 3 else nn.AdaptiveAvgPool2d(1)


def init_only(names: tuple[str, ...], **cfg: Any) -> dict[str, Any]:
    """Config that initializes the named layers of a module alone.

    ``layer='Linear'`` would also reach the layers that a user's subclass adds.
    """
    return dict(cfg, override=[dict(name=name) for name in names])
