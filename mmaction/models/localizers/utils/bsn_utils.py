"""Middle stage of BSN (Lin et al., 2018, https://arxiv.org/abs/1806.02964, sec. 3.3): proposals and their features.

There is one file per video; all its proposals are computed at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmaction.structures.segments import segment_coverage, segment_iou
from mmaction.utils.check import at_least

VideoInfo = Mapping[str, Any]


def read_table(folder: str | os.PathLike, video_name: str, columns: int, made_by: str, ext: str = '.csv') -> np.ndarray:
    """Read the numbers of a CSV file with one header line: at least ``columns`` columns.

    Args:
        folder: folder of the file.
        video_name: name of the file without extension.
        columns: minimum number of columns.
        made_by: the step that writes the file, for the message about a missing one.
        ext: must be '.csv'.

    Raises:
        NotImplementedError: ``ext`` is not '.csv'.
        FileNotFoundError: the file does not exist.
        ValueError: it has fewer columns, no row, or values that are not finite.
    """
    if ext != '.csv':
        raise NotImplementedError(f"Only '.csv' files can be read, not {ext!r}.")
    path = Path(folder) / f'{video_name}{ext}'
    if not path.is_file():
        raise FileNotFoundError(f'{path} does not exist; it is written by {made_by}.')
    table = np.loadtxt(path, dtype=np.float32, delimiter=',', skiprows=1, ndmin=2)
    if not len(table) or table.shape[1] < columns:
        raise ValueError(f'{path} holds a table of {table.shape}; it needs at least one row and {columns} columns.')
    if not np.isfinite(table).all():
        raise ValueError(f'{path} holds {int((~np.isfinite(table)).sum())} values that are not finite; write it again.')
    return table


def boundary_peaks(scores: np.ndarray, threshold: float) -> np.ndarray:
    """Candidates of a boundary: scores above both neighbours, or above ``threshold`` times the largest score.

    Args:
        scores: (T,) probabilities.
        threshold: ratio to the largest one, in 0..1.

    Returns:
        (T,) bool. The first and the last entry have only one neighbour and are False: the caller decides about them.
    """
    peaks = np.zeros(len(scores), bool)
    inner = scores[1:-1]
    peaks[1:-1] = ((inner > scores[:-2]) & (inner > scores[2:])) | (inner > threshold * scores.max())
    return peaks


def _overlap_with_actions(proposals: np.ndarray, info: VideoInfo) -> np.ndarray:
    """Largest IoU with an action, and largest ratio of the proposal within one, (P, 2); 0 without actions."""
    actions = info.get('annotations') or ()
    if not actions:
        return np.zeros((len(proposals), 2))
    # Features cover only complete snippets, so the video may end after the last of them.
    covered = float(info['feature_frame']) / info['duration_frame'] * info['duration_second']
    segments = np.asarray([action['segment'] for action in actions], np.float64) / covered  # (G, 2)
    candidates = proposals[:, None, :2]  # (P, 1, 2)
    return np.stack((segment_iou(candidates, segments).max(1), segment_coverage(candidates, segments).max(1)), axis=1)


def proposals_from_scores(start: np.ndarray, end: np.ndarray, peak_threshold: float) -> np.ndarray:
    """Pair each likely start with each later likely end.

    Args:
        start: (T,) probabilities that an action starts at each step.
        end: (T,) probabilities that an action ends at each step.
        peak_threshold: see :func:`boundary_peaks`; the first and the last step are always candidates.

    Returns:
        (P, 5): start, end, their two probabilities and the product of these, best first.
    """
    is_start = boundary_peaks(start, peak_threshold)
    is_end = boundary_peaks(end, peak_threshold)
    is_start[[0, -1]] = True
    is_end[[0, -1]] = True
    starts = np.flatnonzero(is_start)
    ends = np.flatnonzero(is_end)
    which_end, which_start = np.nonzero(starts < ends[:, None])  # (ends, starts): by end, then by start
    i = starts[which_start]
    j = ends[which_end]
    centre = (np.arange(len(start)) + 0.5) / len(start)
    start_score = start[i].astype(np.float64)
    end_score = end[j].astype(np.float64)
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
    """Generate the proposals of videos from the results of the temporal evaluation module (TEM).

    Args:
        video_list: indices in ``video_infos``.
        video_infos: with ``video_name``; those with ``annotations`` also with ``duration_frame``,
            ``duration_second`` and ``feature_frame``.
        tem_results_dir: folder of the CSV files: action, start, end, tmin, tmax.
        temporal_scale: T, rows per CSV file.
        peak_threshold: see :func:`boundary_peaks`.
        tem_results_ext: must be '.csv'.
        result_dict: also receives the results, e.g. a dict that processes share.

    Returns:
        Video name -> (P, 7): tmin, tmax, tmin_score, tmax_score, score, match_iou, match_ioa; best first. The last two
        are the overlaps with the annotated actions.

    Raises:
        FileNotFoundError: a video has no TEM result.
        ValueError: a result has another length, or values that are not finite.
    """
    out: dict[str, np.ndarray] = {}
    for index in video_list:
        info = video_infos[index]
        name = info['video_name']
        scores = read_table(tem_results_dir, name, 3, 'testing the TEM', tem_results_ext)
        if len(scores) != temporal_scale:
            raise ValueError(
                f'{name} has {len(scores)} rows in {os.fspath(tem_results_dir)}, but temporal_scale is '
                f'{temporal_scale}; set it to the temporal_dim of the TEM.'
            )
        proposals = proposals_from_scores(scores[:, 1], scores[:, 2], peak_threshold)
        out[name] = np.concatenate((proposals, _overlap_with_actions(proposals, info)), axis=1)
        if result_dict is not None:
            result_dict[name] = out[name]
    return out


def _sampled_means(
    left: np.ndarray, right: np.ndarray, count: int, interp: int, times: np.ndarray, values: np.ndarray
) -> np.ndarray:
    """``count`` means over adjacent cells of a curve, whose middles go from ``left`` to ``right``.

    A cell is sampled at ``interp + 1`` equidistant points, including its ends.

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
        tmins: (T,) starts of the steps.
        tmaxs: (T,) ends of the steps.
        boundary_ratio: half of the sampled length around a boundary, as a ratio of the proposal's.
        num_sample_start: samples around the start, at least 2.
        num_sample_end: samples around the end, at least 2.
        num_sample_action: samples of the middle, at least 2.
        num_sample_interp: intervals per sample.

    Returns:
        (P, num_sample_action + num_sample_start + num_sample_end) in this order.
    """
    length = len(action)
    gap = tmaxs[0] - tmins[0]
    # The curve is extended by zeros on both sides, far enough for the samples around the boundaries.
    extend = int(length / 4 + 10)
    beyond = np.arange(extend) * gap + gap / 2
    times = np.concatenate((-beyond[::-1], np.arange(length) * gap + gap / 2, tmaxs[-1] + beyond))
    values = np.pad(action, extend)
    tmin = proposals[:, 0].astype(np.float64)
    tmax = proposals[:, 1].astype(np.float64)
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
    """Generate boundary-sensitive proposal (BSP) features, see :func:`boundary_sensitive_features`.

    Args:
        video_list: indices in ``video_infos``.
        video_infos: with ``video_name``.
        tem_results_dir: folder of the CSV files: action, start, end, tmin, tmax.
        pgm_proposals_dir: folder of the CSV files of :func:`generate_candidate_proposals`.
        top_k: maximum number of proposals per video.
        bsp_boundary_ratio: half of the sampled length around a boundary, as a ratio of the proposal's.
        num_sample_start: samples around the start.
        num_sample_end: samples around the end.
        num_sample_action: samples of the middle.
        num_sample_interp: intervals per sample.
        tem_results_ext: must be '.csv'.
        pgm_proposal_ext: must be '.csv'.
        result_dict: also receives the results, e.g. a dict that processes share.

    Returns:
        Video name -> (proposals, num_sample_action + num_sample_start + num_sample_end).

    Raises:
        FileNotFoundError: a video has no TEM result, or no proposals.
        ValueError: a file is malformed, or fewer than 2 samples are requested.
    """
    counts = dict(num_sample_start=num_sample_start, num_sample_end=num_sample_end, num_sample_action=num_sample_action)
    for keyword, count in counts.items():
        at_least(2, count, keyword)
    at_least(1, num_sample_interp, 'num_sample_interp')
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
