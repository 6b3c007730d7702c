"""Motion vectors of a compressed video."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmaction.video.errors import VideoDecodeError
from mmaction.video.readers.pyav import PyAVReader, quarter_turns
from mmaction.video.source import Source

__all__ = ['motion_vectors', 'paint_vectors']


def motion_vectors(source: Source, indices: np.ndarray) -> np.ndarray:
    """Motion fields of frames, decoding from the start of the video.

    Args:
        source: the video.
        indices: frame numbers (T,), T >= 1.

    Returns:
        int8 (T, H, W, 2), upright; x, y in pixels, clipped to -128..127.
    """
    distinct, place = np.unique(indices, return_inverse=True)
    fields: list[np.ndarray] = []
    with PyAVReader(source, codec_options={'flags2': '+export_mvs'}) as reader:
        for index, frame in reader.by_order():
            if index == distinct[len(fields)]:
                fields.append(_upright(_field(frame), quarter_turns(frame)))
            if len(fields) == len(distinct):
                break
    if len(fields) < len(distinct):
        raise VideoDecodeError(source.name, 'PyAV', f'frame {distinct[len(fields)]} does not decode')
    return np.stack(fields)[place]


def _field(frame: Any) -> np.ndarray:
    side = frame.side_data.get('MOTION_VECTORS')
    vectors = None if side is None else side.to_ndarray()
    return paint_vectors(vectors, frame.height, frame.width)


def paint_vectors(vectors: np.ndarray | None, height: int, width: int) -> np.ndarray:
    """Fill each block with its displacement.

    Args:
        vectors: structured array with the fields ``w, h, src_x, src_y, dst_x, dst_y`` (block size, centre in the
            frame referred to and in this frame), or None where there are none.
        height: of the frame.
        width: of the frame.

    Returns:
        int8 (H, W, 2).
    """
    margin = 64  # blocks reach over the edges
    field = np.zeros((height + 2 * margin, width + 2 * margin, 2), np.int8)
    if vectors is None or not len(vectors):
        return field[margin:-margin, margin:-margin]
    part = {name: vectors[name].astype(np.int64) for name in ('w', 'h', 'src_x', 'src_y', 'dst_x', 'dst_y')}
    moved = np.stack([part['dst_x'] - part['src_x'], part['dst_y'] - part['src_y']], -1).clip(-128, 127)
    left = (part['dst_x'] - part['w'] // 2 + margin).clip(0, width + margin)
    top = (part['dst_y'] - part['h'] // 2 + margin).clip(0, height + margin)
    for w, h in np.unique(np.stack([part['w'], part['h']], -1), axis=0):
        block = (part['w'] == w) & (part['h'] == h)
        rows = top[block, None, None] + np.arange(h)[:, None]  # (N, h, 1)
        columns = left[block, None, None] + np.arange(w)  # (N, 1, w)
        field[rows, columns] = moved[block, None, None]
    return field[margin:-margin, margin:-margin]


def _upright(field: np.ndarray, turns: int) -> np.ndarray:
    """Turn a field counter-clockwise by quarter turns, places and directions alike."""
    for _ in range(turns):
        field = np.rot90(field)
        field = np.stack([field[..., 1], np.negative(field[..., 0].clip(-127))], -1)
    return field
