"""Feature maps (N, C, h, w) from the outputs of other packages' backbones, whatever their layout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch.nn.functional as F
from torch import Tensor, nn

Layout = Literal['NCHW', 'NHWC', 'NLC', 'NC']

_TO_NCHW: dict[str, Callable[[Tensor], Tensor]] = {
    'NCHW': lambda x: x,
    'NHWC': lambda x: x.permute(0, 3, 1, 2),
    'NLC': lambda x: x.transpose(1, 2).unsqueeze(-1),  # tokens become the height: (N, L, C) -> (N, C, L, 1)
    'NC': lambda x: x[:, :, None, None],
}
_USUAL: dict[int, Layout] = {4: 'NCHW', 3: 'NLC', 2: 'NC'}


def check_layout(layout: str | None) -> None:
    """Reject a ``feature_shape`` that is not in the table.

    Raises:
        ValueError: names the value and the choices.
    """
    if layout is not None and layout not in _TO_NCHW:
        raise ValueError(f'feature_shape ({layout!r}) must be one of {", ".join(_TO_NCHW)} or left out.')


def to_feature_map(x: Tensor, layout: str | None = None) -> Tensor:
    """Convert features of any layout to (N, C, h, w).

    Args:
        x: (N, C), (N, L, C), (N, C, H, W) or (N, H, W, C).
        layout: meaning of the axes. Ignored unless it has as many axes as ``x``: for one and the same model, some
            releases of timm return (N, L, C) and others (N, H, W, C). Default: NC, NLC or NCHW by the number of axes.

    Raises:
        ValueError: ``x`` has other than 2, 3 or 4 axes.
    """
    if x.dim() not in _USUAL:
        raise ValueError(
            f'An output of shape {tuple(x.shape)} is not a feature map; '
            'expected (N, C), (N, L, C), (N, C, H, W) or (N, H, W, C).'
        )
    if layout is None or len(layout) != x.dim():
        layout = _USUAL[x.dim()]
    return _TO_NCHW[layout](x)


class FeatureMapHook:
    """Forward hook that turns a module's output into feature maps.

    A hook rather than a wrapping module, so that the checkpoint keys stay those of the model.

    Args:
        layout: see :func:`to_feature_map`.
        pool: average over the positions: (N, C, h, w) -> (N, C, 1, 1).
    """

    def __init__(self, layout: str | None = None, pool: bool = False) -> None:
        check_layout(layout)
        self.layout = layout
        self.pool = pool

    def _map(self, x: Tensor) -> Tensor:
        x = to_feature_map(x, self.layout)
        return F.adaptive_avg_pool2d(x, 1) if self.pool else x

    def __call__(self, module: nn.Module, args: Any, output: Tensor | Sequence[Tensor]) -> Tensor | tuple[Tensor, ...]:
        if isinstance(output, Tensor):
            return self._map(output)
        maps = tuple(self._map(x) for x in output)
        return maps[0] if len(maps) == 1 else maps
