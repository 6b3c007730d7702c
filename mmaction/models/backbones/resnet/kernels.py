"""Kernel sizes of the residual blocks: one tuple per convolution, (h, w) or (t, h, w)."""

from __future__ import annotations

from typing import Literal

Kernel = tuple[int, ...]
Kernels = tuple[Kernel, ...]
InflateStyle = Literal['3x1x1', '3x3x3']

# 2D
BASIC_2D: Kernels = ((3, 3), (3, 3))
BOTTLENECK_2D: Kernels = ((1, 1), (3, 3), (1, 1))

# 3D; the FLAT ones see one frame at a time
BASIC_FLAT: Kernels = ((1, 3, 3), (1, 3, 3))
BASIC_333: Kernels = ((3, 3, 3), (3, 3, 3))
FLAT: Kernels = ((1, 1, 1), (1, 3, 3), (1, 1, 1))
I3D_311: Kernels = ((3, 1, 1), (1, 3, 3), (1, 1, 1))
I3D_333: Kernels = ((1, 1, 1), (3, 3, 3), (1, 1, 1))

_INFLATED: dict[str, Kernels] = {'3x1x1': I3D_311, '3x3x3': I3D_333}


def _check_style(inflate_style: str) -> None:
    if inflate_style not in _INFLATED:
        raise ValueError(f"inflate_style ({inflate_style}) must be '3x1x1' or '3x3x3'.")


def bottleneck_kernels(inflate: bool | int, inflate_style: InflateStyle = '3x1x1') -> Kernels:
    """Kernels of a 3D bottleneck with the historic keywords ``inflate`` and ``inflate_style``."""
    _check_style(inflate_style)
    return _INFLATED[inflate_style] if inflate else FLAT


def basic_kernels(inflate: bool | int, inflate_style: InflateStyle = '3x1x1') -> Kernels:
    """Kernels of a 3D basic block, which has one inflated form whatever the style."""
    _check_style(inflate_style)
    return BASIC_333 if inflate else BASIC_FLAT


def same_padding(kernel: Kernel, dilation: Kernel) -> Kernel:
    """Padding that keeps the size at stride 1."""
    return tuple(d * (k // 2) for k, d in zip(kernel, dilation))
