"""Decode compressed images to arrays."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from mmaction.utils.check import pick
from mmaction.video.errors import VideoDecodeError

__all__ = ['DECODING_BACKENDS', 'check_decoding_backend', 'decode_image']

DECODING_BACKENDS = ('cv2', 'turbojpeg', 'pillow', 'tifffile')


def check_decoding_backend(name: str) -> str:
    """Check and return ``name``.

    Raises:
        ValueError: it is not one of ``DECODING_BACKENDS``.
    """
    return pick(DECODING_BACKENDS, name, 'decoding_backend')


def decode_image(data: bytes, name: str, backend: str = 'cv2', gray: bool = False) -> npt.NDArray[np.uint8]:
    """Decode one image.

    Args:
        data: the compressed image.
        name: its file, for messages.
        backend: one of ``DECODING_BACKENDS``.
        gray: return one channel.

    Returns:
        uint8 (H, W, 3) RGB, or (H, W) where ``gray``.

    Raises:
        VideoDecodeError: the file is empty or corrupt.
    """
    if not data:
        raise VideoDecodeError(name, backend, 'it is empty (0 bytes)')
    if backend != 'cv2':
        return _decode_with_mmcv(data, name, backend, gray)
    # cv2 directly: mmcv passes a corrupt image, which is None here, on to cvtColor, whose error names no file.
    flag = cv2.IMREAD_GRAYSCALE if gray else cv2.IMREAD_COLOR
    image = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    if image is None:
        raise VideoDecodeError(name, backend, 'it is not an image or is corrupt')
    if not gray:
        cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)
    return np.asarray(image, np.uint8)


def _decode_with_mmcv(data: bytes, name: str, backend: str, gray: bool) -> npt.NDArray[np.uint8]:
    import mmcv  # for backends that few use

    flag = 'grayscale' if gray else 'color'
    try:
        image = mmcv.imfrombytes(data, flag=flag, channel_order='rgb', backend=backend)
    except (OSError, ValueError, SyntaxError) as error:
        raise VideoDecodeError(name, backend, f'it is not an image or is corrupt ({error})') from error
    if gray and image.ndim == 3:  # some backends keep the axis
        image = image[..., 0]
    return np.asarray(image)
