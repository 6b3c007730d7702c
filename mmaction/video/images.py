"""Compressed images to arrays."""

from __future__ import annotations

import numpy as np

from mmaction.video.errors import VideoDecodeError

__all__ = ['DECODING_BACKENDS', 'check_decoding_backend', 'decode_image']

DECODING_BACKENDS = ('cv2', 'turbojpeg', 'pillow', 'tifffile')


def check_decoding_backend(name: str) -> str:
    """Return ``name``.

    Raises:
        ValueError: it is not one of ``DECODING_BACKENDS``.
    """
    if name not in DECODING_BACKENDS:
        raise ValueError(f'decoding_backend {name!r} is not known. Choose from {", ".join(DECODING_BACKENDS)}.')
    return name


def decode_image(data: bytes, name: str, backend: str = 'cv2', gray: bool = False) -> np.ndarray:
    """Decode one image.

    Args:
        data: the compressed image.
        name: its file, for messages.
        backend: one of ``DECODING_BACKENDS``.
        gray: return one channel.

    Returns:
        uint8 (H, W, 3) RGB, or (H, W) where ``gray``.

    Raises:
        VideoDecodeError: it is empty or damaged.
    """
    import cv2
    import mmcv

    if not data:
        raise VideoDecodeError(name, backend, 'it is empty (0 bytes)')
    if backend != 'cv2':
        flag = 'grayscale' if gray else 'color'
        try:
            image = mmcv.imfrombytes(data, flag=flag, channel_order='rgb', backend=backend)
        except (OSError, ValueError, SyntaxError) as error:
            raise VideoDecodeError(name, backend, f'it is not an image or is damaged ({error})') from error
        return image[..., 0] if gray and image.ndim == 3 else image
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE if gray else cv2.IMREAD_COLOR)
    if image is None:
        raise VideoDecodeError(name, backend, 'it is not an image or is damaged')
    return image if gray else cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)
