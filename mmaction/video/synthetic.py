"""Synthetic videos with known motion."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ['iter_texture', 'moving_texture']

Frame = npt.NDArray[np.uint8]


def moving_texture(
    num_frames: int,
    height: int,
    width: int,
    velocity: tuple[float, float] = (2.0, 0.0),
    seed: int = 0,
    cell: int = 8,
) -> Frame:
    """A random smooth texture that wraps around and moves by ``velocity`` (x, y) pixels per frame.

    A single frame does not show the direction, so only a model that sees motion can recognize it.

    Args:
        num_frames: T.
        height: H in pixels.
        width: W in pixels.
        velocity: pixels per frame along x and y.
        seed: of the texture and of its offset in the first frame.
        cell: size of the texture's blobs in pixels.

    Returns:
        uint8 (T, H, W, 3), RGB.
    """
    return np.stack(list(_shifted(num_frames, height, width, velocity, seed, cell)))


def iter_texture(num_frames: int, height: int, width: int) -> Iterator[Frame]:
    """The frames (H, W, 3) of :func:`moving_texture` one by one, for videos of any length."""
    return _shifted(num_frames, height, width, (2.0, 0.0), 0, 8)


def _shifted(
    num_frames: int, height: int, width: int, velocity: tuple[float, float], seed: int, cell: int
) -> Iterator[Frame]:
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 256, (max(height // cell, 2), max(width // cell, 2), 3), dtype=np.uint8)
    tile = np.concatenate([cells, cells[:1]])  # closes the seam before smoothing
    tile = np.concatenate([tile, tile[:, :1]], axis=1)
    texture = cv2.resize(tile, (width, height), interpolation=cv2.INTER_LINEAR)
    start = rng.integers(0, (height, width))
    shifts = (np.arange(num_frames)[:, None] * velocity + start[::-1]).round().astype(int)
    for dx, dy in shifts:
        yield np.roll(texture, (dy, dx), axis=(0, 1))
