"""Heatmaps of keypoints and limbs: pure functions, without a loop over persons, frames or points.

A heatmap holds at each pixel the maximum over the persons of: ``score * exp(-d^2 / (2 sigma^2))``, where d is the
distance to the point or to the segment of the limb, in pixels, within a window that reaches ``3 sigma`` beyond it
(PoseConv3D, arXiv:2104.13586, section 3.2). A point is a segment without length, so that one function draws both.

Shapes: M persons, T frames, V points, L limbs, K segments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

EPS = 1e-3  # joints of a lower score are not drawn
_REACH = 6  # sigmas from a segment, where the heat is below 2e-8: pixels beyond are left alone
_CHUNK = 1 << 20  # pixels at a time, which bounds the memory


@dataclass(frozen=True)
class Maps:
    """Into which maps of ``out`` to draw.

    Attributes:
        of: map of each of V, (V,).
        mirrored: map of the mirror image of each of V, (V,), in the second half of the frames of ``out``, which then
            has (2 * T, ...); None: there is none. (Drawing costs much less than to copy the maps mirrored.)
    """

    of: np.ndarray
    mirrored: np.ndarray | None = None


def keypoint_heatmaps(
    keypoint: np.ndarray, score: np.ndarray, out: np.ndarray, sigma: float, maps: Maps | None = None
) -> None:
    """Draw the points.

    Args:
        keypoint: x, y in pixels, (M, T, V, 2).
        score: (M, T, V).
        out, sigma, maps: see :func:`draw_segments`.
    """
    draw_segments(out, keypoint, keypoint, score, sigma, maps)


def limb_heatmaps(
    keypoint: np.ndarray,
    score: np.ndarray,
    limbs: Sequence[Sequence[int]],
    out: np.ndarray,
    sigma: float,
    maps: Maps | None = None,
) -> None:
    """Draw the limbs, each with the lower score of its two points.

    A limb shorter than a pixel is drawn as its first point, with the score of that.

    Args:
        keypoint: x, y in pixels, (M, T, V, 2).
        score: (M, T, V).
        limbs: first and second point of each, (L, 2).
        out, sigma, maps: see :func:`draw_segments`.
    """
    first, second = np.asarray(limbs, dtype=np.int64).reshape(-1, 2).T
    start, end = keypoint[:, :, first], keypoint[:, :, second]  # (M, T, L, 2)
    value = np.minimum(score[:, :, first], score[:, :, second])
    short = ((end - start) ** 2).sum(axis=-1) < 1
    end = np.where(short[..., None], start, end)
    value = np.where(short & (value >= EPS), score[:, :, first], value)
    draw_segments(out, start, end, value, sigma, maps)


def draw_segments(
    out: np.ndarray, start: np.ndarray, end: np.ndarray, value: np.ndarray, sigma: float, maps: Maps | None = None
) -> None:
    """Draw ``value * exp(-d^2 / (2 sigma^2))`` of the distance d to each segment; pixels keep the maximum.

    Args:
        out: float32 (T, V, H, W), C-contiguous; changed. See :class:`Maps` for more maps and frames.
        start, end: x, y in pixels, (M, T, V, 2). A segment with a coordinate that is not finite is not drawn.
        value: height, (M, T, V); below ``EPS`` nothing is drawn.
        sigma: in pixels.
        maps: where to draw; None: each of V into its own map.
    """
    height, width = out.shape[-2:]
    low, high = np.minimum(start, end) - 3 * sigma, np.maximum(start, end) + 3 * sigma
    # Towards zero, as int() does: at the upper and left border a window may end a pixel late.
    with np.errstate(invalid='ignore'):
        low = np.clip(np.trunc(low), 0, [width, height])
        high = np.clip(np.trunc(high) + 1, 0, [width, height])
        drawn = np.nonzero((high > low).all(axis=-1) & (value >= EPS) & np.isfinite(start + end).all(axis=-1))
    if maps is None:
        maps = Maps(np.arange(value.shape[2]))
    _, frame, number = drawn
    first = (frame * out.shape[1] + maps.of[number]) * (height * width)
    if maps.mirrored is not None:
        twin = ((frame + len(out) // 2) * out.shape[1] + maps.mirrored[number]) * (height * width) + width - 1
    start = start[drawn].astype(np.float32)
    along = end[drawn].astype(np.float32) - start
    value = value[drawn].astype(np.float32)
    inverse = 1 / np.maximum((along**2).sum(axis=-1), np.float32(1e-12))

    flat = out.reshape(-1)
    assert np.may_share_memory(flat, out)
    rows = _rows(low[drawn].astype(np.int64), high[drawn].astype(np.int64), start, along, _REACH * sigma)
    for k, y, left, count in rows:  # each (rows,); k is the number of the segment

        def spread(of_row: np.ndarray, count: np.ndarray = count) -> np.ndarray:
            return np.repeat(of_row, count)

        x = np.arange(count.sum()) - spread(np.cumsum(count) - count - left)
        dx = x.astype(np.float32) - spread(start[k, 0])
        dy = y.astype(np.float32) - start[k, 1]
        if along[k].any():
            ax, ay = along[k].T
            ratio = dx * spread(ax * inverse[k]) + spread(dy * ay * inverse[k])
            np.clip(ratio, 0, 1, out=ratio)
            dx -= ratio * spread(ax)
            d2 = dx * dx + (spread(dy) - ratio * spread(ay)) ** 2
        else:
            d2 = dx * dx + spread(dy * dy)
        heat = spread(value[k]) * np.exp(d2 * np.float32(-0.5 / sigma**2))
        np.maximum.at(flat, spread(first[k] + y * width) + x, heat)
        if maps.mirrored is not None:
            np.maximum.at(flat, spread(twin[k] + y * width) - x, heat)


def _rows(
    low: np.ndarray, high: np.ndarray, start: np.ndarray, along: np.ndarray, reach: float
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """The rows of the windows of K segments, and of each row the part within ``reach`` of its segment; some at a time.

    Args:
        low, high: first x, y of a window, and those after the last, (K, 2).
        start, along: of the segments, (K, 2).
        reach: in pixels.

    Yields:
        number of the segment, y, first x, and number of pixels, each (rows,)
    """
    number = high[:, 1] - low[:, 1]
    k = np.repeat(np.arange(len(low)), number)
    y = np.arange(len(k)) - np.repeat(np.cumsum(number) - number - low[:, 1], number)
    # The part of the segment that lies within reach of the row in y: no pixel of the row is nearer to another part.
    flat = np.abs(along[:, 1]) < 1e-3
    slope = np.where(flat, 1, along[:, 1])[k]
    middle = (y - start[k, 1]) / slope
    half = np.abs(reach / slope)
    near = np.where(flat[k], 0, np.clip(middle - half, 0, 1))
    far = np.where(flat[k], 1, np.clip(middle + half, 0, 1))
    ends = start[k, 0] + along[k, 0] * np.stack([near, far])
    left = np.maximum(low[k, 0], np.floor(ends.min(axis=0) - reach).astype(np.int64))
    count = np.maximum(np.minimum(high[k, 0], np.ceil(ends.max(axis=0) + reach).astype(np.int64) + 1) - left, 0)
    chunk = np.cumsum(count) // _CHUNK
    for first, last in pairwise([0, *(np.flatnonzero(np.diff(chunk)) + 1), len(k)]):
        yield k[first:last], y[first:last], left[first:last], count[first:last]
