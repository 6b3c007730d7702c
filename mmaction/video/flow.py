"""Optical flow of consecutive frames, as numbers and as the images that ``modality='Flow'`` reads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from mmaction.utils.check import pick, positive
from mmaction.video.folder import frame_paths
from mmaction.video.tvl1 import TVL1
from mmaction.video.writer import write_image

__all__ = ['FLOW_BOUND', 'FLOW_METHODS', 'FlowFunction', 'flow_function', 'iter_flow', 'quantize_flow', 'write_flow']

Gray = npt.NDArray[np.uint8]
Flow = npt.NDArray[np.float32]
FlowFunction = Callable[[Gray, Gray], Flow]

FLOW_BOUND = 20.0  # pixels per frame; longer displacements are clipped

_cv2: Any = cv2  # the stubs lack several of its functions and overloads
_MIN_MATCHES = 8  # tracked corners that a homography is trusted with


def flow_function(method: str) -> FlowFunction:
    """Create a function from two gray images uint8 (H, W) to the flow from the first to the second.

    The flow is float32 (H, W, 2): displacement along x and y in pixels.

    Args:
        method: ``'tvl1'``, ``'warp_tvl1'`` (the same after the motion of the camera is removed), ``'farn'`` or
            ``'farneback'``, ``'dis'``.

    Raises:
        ValueError: another method.
    """
    return pick(_METHODS, method, 'flow method')()


def iter_flow(frames: Iterable[npt.NDArray[np.uint8]], method: str = 'tvl1') -> Iterator[Flow]:
    """Yield the flow (H, W, 2) from each frame to the next one: N - 1 fields for N frames.

    Args:
        frames: uint8 (H, W, 3), RGB, or (H, W), of one size.
        method: see :func:`flow_function`.

    Raises:
        ValueError: unknown method, or frames of several sizes.
    """
    flow = flow_function(method)
    before: Gray | None = None
    for frame in frames:
        gray = _to_gray(frame)
        if before is not None:
            if before.shape != gray.shape:
                raise ValueError(f'Flow needs frames of one size, found {before.shape} and {gray.shape}.')
            yield flow(before, gray)
        before = gray


def quantize_flow(flow: npt.NDArray[np.floating], bound: float = FLOW_BOUND) -> npt.NDArray[np.uint8]:
    """Map displacements from ``[-bound, bound]`` pixels to 0..255, as images of flow are stored.

    No motion becomes 128, the mean that configs of flow subtract.

    Args:
        flow: any shape.
        bound: longer displacements are clipped to it.

    Raises:
        ValueError: ``bound`` is not positive.
    """
    positive(bound, 'bound')
    # rint rounds halves to even, as OpenCV's cvRound does: 127.5 becomes 128.
    shifted = np.clip(flow, -bound, bound) + bound
    return np.asarray(np.rint(shifted * (255 / (2 * bound))), np.uint8)


def write_flow(
    directory: str | os.PathLike[str],
    number: int,
    images: npt.NDArray[np.uint8],
    filename_tmpl: str = 'flow_{}_{:05d}.jpg',
) -> list[str]:
    """Write a quantized field uint8 (H, W, 2) to its x and its y image.

    Args:
        directory: an existing folder.
        number: number in the file names.
        images: x and y.
        filename_tmpl: takes ``'x'`` or ``'y'``, and the number.

    Returns:
        Paths of the two files.
    """
    paths = frame_paths(directory, filename_tmpl, number, 'Flow')
    for component, path in enumerate(paths):
        write_image(path, images[..., component])
    return paths


def _to_gray(frame: npt.NDArray[np.uint8]) -> Gray:
    if frame.ndim == 2:
        return frame
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)


def _warp_tvl1() -> FlowFunction:
    """Flow relative to the camera: the second image is aligned with the first one before flow is computed.

    Source: Wang et al., 2016, TSN, sec. 3.2 (warped optical flow), https://arxiv.org/abs/1608.00859.
    """
    flow = TVL1()

    def warped(before: Gray, after: Gray) -> Flow:
        motion = _camera_motion(before, after)
        if motion is not None:
            size = (before.shape[1], before.shape[0])
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            after = np.asarray(cv2.warpPerspective(after, motion, size, None, flags, cv2.BORDER_REPLICATE), np.uint8)
        return flow(before, after)

    return warped


def _camera_motion(before: Gray, after: Gray) -> npt.NDArray[np.float64] | None:
    """Homography (3, 3) from the first image to the second, by tracked corners; None where there are too few."""
    corners = cv2.goodFeaturesToTrack(before, 500, 0.01, 7)
    if corners is None or len(corners) < _MIN_MATCHES:
        return None
    tracked, found, _ = _cv2.calcOpticalFlowPyrLK(before, after, corners, None)
    kept = found.reshape(-1) == 1
    if kept.sum() < _MIN_MATCHES:
        return None
    motion: npt.NDArray[np.float64] | None = cv2.findHomography(corners[kept], tracked[kept], cv2.RANSAC, 1.0)[0]
    return motion


def _farneback() -> FlowFunction:
    return _calc(_cv2.FarnebackOpticalFlow_create())


def _dis() -> FlowFunction:
    return _calc(_cv2.DISOpticalFlow_create(_cv2.DISOpticalFlow_PRESET_MEDIUM))


def _calc(algorithm: Any) -> FlowFunction:
    def calc(before: Gray, after: Gray) -> Flow:
        return np.asarray(algorithm.calc(before, after, None), np.float32)

    return calc


_METHODS: dict[str, Callable[[], FlowFunction]] = {
    'tvl1': TVL1,
    'warp_tvl1': _warp_tvl1,
    'farn': _farneback,
    'farneback': _farneback,
    'dis': _dis,
}
FLOW_METHODS = tuple(_METHODS)
