"""Starts of the clips of a video: pure functions of its length and, in training, of a random source.

Legend: ``total`` frames in the video, ``span`` frames from the first of a clip to the first after it.
Starts are floats or ints in ``[0, total)``; whoever uses them rounds down.
"""

from __future__ import annotations

from typing import Any

import numpy as np

# ``numpy.random`` or a ``RandomState``; the legacy interface, so that the seed a worker sets reaches it.
RandomSource = Any


def train_starts(total: int, span: float, num_clips: int, rand: RandomSource = np.random) -> np.ndarray:
    """One random start in each of ``num_clips`` equal segments (TSN, arXiv:1608.00859, section 3.1).

    A video too short for segments of at least one frame gives sorted random starts, one hardly longer than a clip
    evenly spread starts, one shorter than a clip all zeros.

    Returns:
        (num_clips,)
    """
    room = total - span + 1
    segment = int(room // num_clips)
    if segment > 0:
        starts: np.ndarray = np.arange(num_clips) * segment + rand.randint(segment, size=num_clips)
        return starts
    if total > max(num_clips, span):
        return np.sort(rand.randint(int(room), size=num_clips))
    if segment == 0:
        return np.around(np.arange(num_clips) * (room / num_clips))
    return np.zeros(num_clips, dtype=np.int64)


def train_starts_with_tail(total: int, span: float, num_clips: int, rand: RandomSource = np.random) -> np.ndarray:
    """Like :func:`train_starts` with segments of fractional length, so that the last frames are reached too.

    Returns:
        (num_clips,)
    """
    if total <= span - 1:
        return np.zeros(num_clips, dtype=np.int64)
    segment = (total - span + 1) / num_clips
    starts: np.ndarray = np.floor(np.arange(num_clips) * segment + rand.uniform(0, segment, num_clips))
    return starts


def centre_starts(total: int, num_clips: int, twice: bool = False) -> np.ndarray:
    """The middle frame of each of ``num_clips`` equal segments; for clips of one frame.

    With ``twice`` the first frame of each segment follows as a second view (TSM, arXiv:1811.08383, section 5.1).

    Returns:
        (num_clips,) or, with ``twice``, (2 * num_clips,)
    """
    segment = total / num_clips
    first = np.arange(num_clips) * segment
    centre = first + segment / 2
    if not twice:
        return centre
    return np.concatenate([centre, first])


def even_starts(total: int, span: float, num_clips: int, whole_steps: bool = False) -> np.ndarray:
    """Starts spread evenly from the first to the last that fits; a single clip lies in the middle.

    Args:
        whole_steps: make all steps the same whole number of frames, as PySlowFast does.

    Returns:
        (num_clips,)
    """
    last = max(total - span, 0)
    if num_clips == 1:
        return np.array([last // 2])
    step = last / (num_clips - 1)
    if whole_steps:
        starts: np.ndarray = np.arange(num_clips) * np.floor(step)
        return starts
    return np.round(np.arange(num_clips) * step)


def dense_starts(total: int, num_clips: int, sample_range: int, firsts: np.ndarray) -> np.ndarray:
    """``num_clips`` starts at equal steps over ``sample_range`` frames from each of ``firsts`` on, wrapping around.

    Returns:
        (len(firsts) * num_clips,)
    """
    steps = np.arange(num_clips) * (sample_range // num_clips)
    return ((np.asarray(firsts)[:, None] + steps) % total).reshape(-1)


def num_dense_positions(total: int, sample_range: int) -> int:
    """Number of first frames that leave ``sample_range`` frames after them; at least one."""
    return max(1, 1 + total - sample_range)
