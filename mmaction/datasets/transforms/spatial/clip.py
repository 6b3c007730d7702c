"""The frames of a sample as one array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def as_clip(imgs: np.ndarray | Sequence) -> np.ndarray:
    """Frames as one array (T, H, W, C); grey frames get one channel.

    An array passes as it is; a sequence of (H, W, C) or (H, W) frames, as transforms of one's own may leave, is copied
    into one array.

    Raises:
        ValueError: there are no frames, or they differ in shape, or have neither two nor three dimensions.
    """
    if not isinstance(imgs, np.ndarray):
        if len(imgs) == 0:
            raise ValueError('imgs is an empty list; a sample needs at least one frame.')
        frames = [np.asarray(frame) for frame in imgs]
        shapes = list(dict.fromkeys(frame.shape for frame in frames))
        if len(shapes) > 1:
            raise ValueError(f'The frames in imgs differ in shape ({shapes[0]} and {shapes[1]}); resize them first.')
        imgs = np.stack(frames)
    if imgs.ndim == 3:
        imgs = imgs[..., None]
    if imgs.ndim != 4:
        raise ValueError(f'imgs must be (T, H, W, C) or a list of (H, W, C) frames, found shape {imgs.shape}.')
    return imgs
