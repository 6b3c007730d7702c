"""The middle stage of BSN (Lin et al., 2018, https://arxiv.org/abs/1806.02964, sec. 3.3): proposals and their features.

Files are read and made by video; what is computed is computed for all proposals of a video at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmaction.models.localizers.utils.proposal_utils import temporal_iop, temporal_iou

VideoInfo = Mapping[str, Any]


def read_table(folder: str | os.PathLike, video_name: str, columns: int, made_by: str, ext: str = '.csv') -> np.ndarray:
    """Numbers of a csv with one header line, (rows, columns or more).

    Raises:
        NotImplementedError: ``ext`` is not '.csv'.
        FileNotFoundError: no such file; ``made_by`` is what makes it.
        ValueError: it has fewer columns, no row, or values that are not finite.
    """
    if ext != '.csv':
        raise NotImplementedError(f"Only '.csv' files can be read, not {ext!r}.")
    path = Path(folder) / f'{video_name}{ext}'
    if not path.is_file():
        raise FileNotFoundError(f'{path} does not exist; it is made by {made_by}.')
    table = np.loadtxt(path, dtype=np.float32, delimiter=',', skiprows=1, ndmin=2)
    if not len(table) or table.shape[1] < columns:
        raise ValueError(f'{path} holds a table of {table.shape}; it needs a row and {columns} columns at least.')
    if not np.isfinite(table).all():
        raise ValueError(f'{path} holds {int((~np.isfinite(table)).sum())} values that are not finite; make it anew.')
    return table


def boundary_peaks(scores: np.ndarray, threshold: float) -> np.ndarray:
    """Where a boundary may be: higher than both neighbours, or above ``threshold`` times the largest score.

    Args:
        scores: (T,) probabilities.
        threshold: part of the largest one, in 0..1.

    Returns:
        (T,) bool. The first and the last entry have but one neighbour and are False: the caller decides about them.
    """
    peaks = np.zeros(len(scores), bool)
    inner = scores[1:-1]
    peaks[1:-1] = ((inner > scores[:-2]) & (inner > scores[2:])) | (inner > threshold * scores.max())
    return peaks


def _overlap_with_actions(proposals: np.ndarray, info: VideoInfo) -> np.ndarray:
    """(P, 2): largest IoU with an action, and largest part of the proposal within one; 0 where there is none."""
    actions = info.get('annotations') or ()
    if not actions:
        return np.zeros((len(proposals), 2))
    # features cover whole snippets only, so the end of the video may be beyond the last of them
    covered = float(info['feature_frame']) / info['duration_frame'] * info['duration_second']
    segments = np.asarray([action['segment'] for action in actions], np.float64) / covered  # (G, 2)
    pairs = proposals[:, 0, None], proposals[:, 1, None], segments[:, 0], segments[:, 1]
    return np.stack((temporal_iou(*pairs).max(1), temporal_iop(*pairs).max(1)), axis=1)


def proposals_from_scores(start: np.ndarray, end: np.ndarray, peak_threshold: float) -> np.ndarray:
    """All pairs of a likely start and a later likely end.

    Args:
        start: (T,) probabilities that an action starts there.
        end: (T,) probabilities that an action ends there.
        peak_threshold: see :func:`boundary_peaks`; the first and the last time always count.

    Returns:
        (P, 5): start, end, their two probabilities and the product of these, best first.
    """
    starts, ends = boundary_peaks(start, peak_threshold), boundary_peaks(end, peak_threshold)
    starts[[0, -1]] = ends[[0, -1]] = True
    starts, ends = np.flatnonzero(starts), np.flatnonzero(ends)
    which_end, which_start = np.nonzero(starts < ends[:, None])  # (ends, starts): by end, then by start
    i, j = starts[which_start], ends[which_end]
    centre = (np.arange(len(start)) + 0.5) / len(start)
    start_score, end_score = start[i].astype(np.float64), end[j].astype(np.float64)
    table = np.stack((centre[i], centre[j], start_score, end_score, start_score * end_score), axis=1)
    return table[table[:, -1].argsort()[::-1]]


def generate_candidate_proposals(
    video_list: Iterable[int],
    video_infos: Sequence[VideoInfo],
    tem_results_dir: str | os.PathLike,
    temporal_scale: int,
    peak_threshold: float,
    tem_results_ext: str = '.csv',
    result_dict: MutableMapping[str, np.ndarray] | None = None,
) -> dict[str, np.ndarray]:
    """Proposals of videos from what the temporal evaluation module (TEM) wrote about them.

    Args:
        video_list: indices in ``video_infos``.
        video_infos: with ``video_name``; where there are ``annotations`` also with ``duration_frame``,
            ``duration_second`` and ``feature_frame``.
        tem_results_dir: folder of the csv files: action, start, end, tmin, tmax.
        temporal_scale: T, rows of a csv file.
        peak_threshold: see :func:`boundary_peaks`.
        tem_results_ext: '.csv'.
        result_dict: where the result is written to as well, such as a dict that processes share.

    Returns:
        By name of the video, (P, 7): tmin, tmax, tmin_score, tmax_score, score, match_iou, match_ioa; best first. The
        last two are the overlaps with the actions of the annotation.

    Raises:
        FileNotFoundError: a video has no result of the TEM.
        ValueError: a result has another length, or values that are not finite.
    """
    out: dict[str, np.ndarray] = {}
    for index in video_list:
        info = video_infos[index]
        name = info['video_name']
        scores = read_table(tem_results_dir, name, 3, 'testing the TEM', tem_results_ext)
        if len(scores) != temporal_scale:
            raise ValueError(
                f'{name} has {len(scores)} rows in {os.fspath(tem_results_dir)} and temporal_scale is '
                f'{temporal_scale}; give the temporal_dim that the TEM has.'
            )
        proposals = proposals_from_scores(scores[:, 1], scores[:, 2], peak_threshold)
        out[name] = np.concatenate((proposals, _overlap_with_actions(proposals, info)), axis=1)
        if result_dict is not None:
            result_dict[name] = out[name]
    return out


def _sampled_means(
    left: np.ndarray, right: np.ndarray, count: int, interp: int, times: np.ndarray, values: np.ndarray
) -> np.ndarray:
    """``count`` means over neighbouring cells of a curve, the middles of which go from ``left`` to ``right``.

    A cell is sampled at its ``interp + 1`` points of equal distance, ends included.

    Returns:
        (P, count) for ``left`` and ``right`` of (P,).
    """
    step = ((right - left) / (count - 1))[:, None]
    points = left[:, None] - step / 2 + step / interp * np.arange(count * interp + 1)  # (P, count * interp + 1)
    curve = np.interp(points, times, values)
    return np.lib.stride_tricks.sliding_window_view(curve, interp + 1, axis=1)[:, ::interp].mean(-1)


def boundary_sensitive_features(
    proposals: np.ndarray,
    action: np.ndarray,
    tmins: np.ndarray,
    tmaxs: np.ndarray,
    boundary_ratio: float,
    num_sample_start: int,
    num_sample_end: int,
    num_sample_action: int,
    num_sample_interp: int,
) -> np.ndarray:
    """Probability of action in the middle of proposals, around their start and around their end.

    Args:
        proposals: (P, 2 or more), start and end.
        action: (T,) probabilities; 0 outside of the video.
        tmins: (T,) where the steps begin.
        tmaxs: (T,) where the steps end.
        boundary_ratio: half of the length around a boundary, as a part of the proposal's.
        num_sample_start: samples around the start, 2 at least.
        num_sample_end: samples around the end, 2 at least.
        num_sample_action: samples of the middle, 2 at least.
        num_sample_interp: intervals that a sample is the mean of.

    Returns:
        (P, num_sample_action + num_sample_start + num_sample_end) in this order.
    """
    length, gap = len(action), tmaxs[0] - tmins[0]
    extend = int(length / 4 + 10)
    beyond = np.arange(extend) * gap + gap / 2
    times = np.concatenate((-beyond[::-1], np.arange(length) * gap + gap / 2, tmaxs[-1] + beyond))
    values = np.pad(action, extend)
    tmin, tmax = proposals[:, 0].astype(np.float64), proposals[:, 1].astype(np.float64)
    around = (tmax - tmin) * boundary_ratio
    spans = (
        (tmin, tmax, num_sample_action),
        (tmin - around, tmin + around, num_sample_start),
        (tmax - around, tmax + around, num_sample_end),
    )
    parts = [_sampled_means(left, right, n, num_sample_interp, times, values) for left, right, n in spans]
    return np.concatenate(parts, axis=1)


def generate_bsp_feature(
    video_list: Iterable[int],
    video_infos: Sequence[VideoInfo],
    tem_results_dir: str | os.PathLike,
    pgm_proposals_dir: str | os.PathLike,
    top_k: int = 1000,
    bsp_boundary_ratio: float = 0.2,
    num_sample_start: int = 8,
    num_sample_end: int = 8,
    num_sample_action: int = 16,
    num_sample_interp: int = 3,
    tem_results_ext: str = '.csv',
    pgm_proposal_ext: str = '.csv',
    result_dict: MutableMapping[str, np.ndarray] | None = None,
) -> dict[str, np.ndarray]:
    """Boundary-sensitive proposal (BSP) features, see :func:`boundary_sensitive_features`.

    Args:
        video_list: indices in ``video_infos``.
        video_infos: with ``video_name``.
        tem_results_dir: folder of the csv files: action, start, end, tmin, tmax.
        pgm_proposals_dir: folder of the csv files of :func:`generate_candidate_proposals`.
        top_k: proposals of a video at most.
        bsp_boundary_ratio: half of the length around a boundary, as a part of the proposal's.
        num_sample_start: samples around the start.
        num_sample_end: samples around the end.
        num_sample_action: samples of the middle.
        num_sample_interp: intervals that a sample is the mean of.
        tem_results_ext: '.csv'.
        pgm_proposal_ext: '.csv'.
        result_dict: where the result is written to as well, such as a dict that processes share.

    Returns:
        By name of the video, (proposals, num_sample_action + num_sample_start + num_sample_end).

    Raises:
        FileNotFoundError: a video has no result of the TEM, or no proposals.
        ValueError: such a file is malformed, or fewer than 2 samples are asked for.
    """
    counts = dict(num_sample_start=num_sample_start, num_sample_end=num_sample_end, num_sample_action=num_sample_action)
    for keyword, count in counts.items():
        if count < 2:
            raise ValueError(f'{keyword} ({count}) must be at least 2.')
    if num_sample_interp < 1:
        raise ValueError(f'num_sample_interp ({num_sample_interp}) must be at least 1.')
    out: dict[str, np.ndarray] = {}
    for index in video_list:
        name = video_infos[index]['video_name']
        scores = read_table(tem_results_dir, name, 5, 'testing the TEM', tem_results_ext)
        proposals = read_table(pgm_proposals_dir, name, 2, 'the proposal generation', pgm_proposal_ext)[:top_k]
        out[name] = boundary_sensitive_features(
            proposals,
            scores[:, 0],
            scores[:, 3],
            scores[:, 4],
            bsp_boundary_ratio,
            num_sample_interp=num_sample_interp,
            **counts,
        )
        if result_dict is not None:
            result_dict[name] = out[name]
    return out
