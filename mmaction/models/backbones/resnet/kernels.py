"""Kernel sizes of the residual blocks: one tuple a convolution, (h, w) or (t, h, w)."""

from __future__ import annotations

from typing import Literal, get_args

Kernel = tuple[int, ...]
Kernels = tuple[Kernel, ...]
InflateStyle = Literal['3x1x1', '3x3x3']

# 2D
BASIC_2D: Kernels = ((3, 3), (3, 3))
BOTTLENECK_2D: Kernels = ((1, 1), (3, 3), (1, 1))

# 3D; FLAT looks at one frame at a time
BASIC_FLAT: Kernels = ((1, 3, 3), (1, 3, 3))
BASIC_333: Kernels = ((3, 3, 3), (3, 3, 3))
FLAT: Kernels = ((1, 1, 1), (1, 3, 3), (1, 1, 1))
I3D_311: Kernels = ((3, 1, 1), (1, 3, 3), (1, 1, 1))
I3D_333: Kernels = ((1, 1, 1), (3, 3, 3), (1, 1, 1))

_STYLES: dict[str, Kernels] = {'3x1x1': I3D_311, '3x3x3': I3D_333}


def _check_style(inflate_style: str) -> None:
    if inflate_style not in _STYLES:
        raise ValueError(f"inflate_style ({inflate_style}) must be '{get_args(InflateStyle)[0]}' or '3x3x3'.")


def bottleneck_kernels(inflate: bool | int, inflate_style: InflateStyle = '3x1x1') -> Kernels:
    """Kernels that the keywords ``inflate`` and ``inflate_style`` of a 3D bottleneck stand for."""
    _check_style(inflate_style)
    return _STYLES[inflate_style] if inflate else FLAT


def basic_kernels(inflate: bool | int, inflate_style: InflateStyle = '3x1x1') -> Kernels:
    """As :func:`bottleneck_kernels` for a 3D basic block, which knows one way to inflate."""
    _check_style(inflate_style)
    return BASIC_333 if inflate else BASIC_FLAT


def same_padding(kernel: Kernel, dilation: Kernel) -> Kernel:
    """Padding that keeps the size at stride 1."""
    return tuple(d * (k // 2) for k, d in zip(kernel, dilation))
