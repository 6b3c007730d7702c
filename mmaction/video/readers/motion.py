"""Motion vectors of a compressed video."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mmaction.video.errors import VideoDecodeError
from mmaction.video.readers.pyav import PyAVReader, quarter_turns
from mmaction.video.source import Source

__all__ = ['motion_vectors', 'paint_vectors']

_FIELDS = ('w', 'h', 'src_x', 'src_y', 'dst_x', 'dst_y')  # of AVMotionVector in FFmpeg's motion_vector.h
_MARGIN = 64  # pixels; blocks reach over the edges of the frame


def motion_vectors(source: Source, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int8]:
    """Motion fields of frames, decoding from the start of the video.

    Args:
        source: the video.
        indices: frame numbers (T,), T >= 1.

    Returns:
        int8 (T, H, W, 2), upright; x, y in pixels, clipped to -128..127.

    Raises:
        VideoDecodeError: a frame does not decode.
    """
    distinct, inverse = np.unique(indices, return_inverse=True)
    fields: list[npt.NDArray[np.int8]] = []
    with PyAVReader(source, codec_options={'flags2': '+export_mvs'}) as reader:
        for index, frame in reader.by_order():
            if index == distinct[len(fields)]:
                fields.append(_rotate(_field(frame), quarter_turns(frame)))
            if len(fields) == len(distinct):
                break
    if len(fields) < len(distinct):
        raise VideoDecodeError(source.name, 'PyAV', f'frame {distinct[len(fields)]} does not decode')
    return np.stack(fields)[inverse]


def _field(frame: Any) -> npt.NDArray[np.int8]:
    side_data = frame.side_data.get('MOTION_VECTORS')
    vectors = None if side_data is None else side_data.to_ndarray()
    return paint_vectors(vectors, frame.height, frame.width)


def paint_vectors(vectors: npt.NDArray[Any] | None, height: int, width: int) -> npt.NDArray[np.int8]:
    """Fill each block with its displacement.

    Args:
        vectors: structured array with the fields ``w, h, src_x, src_y, dst_x, dst_y`` (size of the block, its center
            in the reference frame and in this frame), or None for a frame without vectors.
        height: of the frame.
        width: of the frame.

    Returns:
        int8 (H, W, 2).
    """
    field = np.zeros((height + 2 * _MARGIN, width + 2 * _MARGIN, 2), np.int8)
    if vectors is None or not len(vectors):
        return field[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    block = {name: vectors[name].astype(np.int64) for name in _FIELDS}
    displacement = np.stack([block['dst_x'] - block['src_x'], block['dst_y'] - block['src_y']], -1).clip(-128, 127)
    left = (block['dst_x'] - block['w'] // 2 + _MARGIN).clip(0, width + _MARGIN)
    top = (block['dst_y'] - block['h'] // 2 + _MARGIN).clip(0, height + _MARGIN)
    # Blocks come in few sizes (16x16, 16x8, 8x8, ...): all blocks of one size are painted at once.
    for w, h in np.unique(np.stack([block['w'], block['h']], -1), axis=0):
        same = (block['w'] == w) & (block['h'] == h)
        rows = top[same, None, None] + np.arange(h)[:, None]  # (N, h, 1)
        columns = left[same, None, None] + np.arange(w)  # (N, 1, w)
        field[rows, columns] = displacement[same, None, None]
    return field[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]


def _rotate(field: npt.NDArray[np.int8], turns: int) -> npt.NDArray[np.int8]:
    """Rotate a field counter-clockwise by quarter turns, positions and directions alike."""
    for _ in range(turns):
        field = np.rot90(field)
        x, y = field[..., 0], field[..., 1]
        field = np.stack([y, np.negative(x.clip(-127))], -1)  # -128 has no negative in int8
    return field
