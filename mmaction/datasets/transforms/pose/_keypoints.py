"""Keypoints of a sample, checked and copied, as the steps of this folder take them."""

from __future__ import annotations

import numpy as np


def keypoints_of(results: dict, keep_nan: bool = False) -> tuple[np.ndarray, np.ndarray | None]:
    """Copies of ``keypoint`` (M, T, V, C) and ``keypoint_score`` (M, T, V), the latter None where there is none.

    Half precision and integers become float32. A joint with a NaN coordinate is missing: its coordinates and its score
    become 0, unless ``keep_nan``.

    Raises:
        ValueError: there is no ``keypoint``, or one of the two has another shape.
    """
    if results.get('keypoint') is None:
        raise ValueError(f"The sample has no 'keypoint', only {sorted(map(str, results))}.")
    keypoint = _floats(results['keypoint'])
    if keypoint.ndim != 4:
        raise ValueError(
            f'keypoint must be (persons, frames, joints, coordinates), found shape {keypoint.shape}. '
            'Put DecompressPose before for rows of (joints, 3) with frame_inds.'
        )
    score = None
    if results.get('keypoint_score') is not None:
        score = _floats(results['keypoint_score'])
        if score.shape != keypoint.shape[:-1]:
            raise ValueError(f'keypoint_score must be {keypoint.shape[:-1]} to go with keypoint, found {score.shape}.')
    return keypoint, score if keep_nan else clear_missing(keypoint, score)


def put_score(results: dict, score: np.ndarray | None) -> dict:
    """Write ``keypoint_score`` where there is a score; a key that holds None would reach the collate function."""
    if score is not None:
        results['keypoint_score'] = score
    return results


def clear_missing(keypoint: np.ndarray, score: np.ndarray | None) -> np.ndarray | None:
    """Set NaN joints to 0, in place; return the score, changed in place too."""
    missing = np.isnan(keypoint).any(axis=-1)
    if missing.any():
        keypoint[missing] = 0
        if score is not None:
            score[missing] = 0
    if score is not None:
        score[np.isnan(score)] = 0
    return score


def _floats(array: np.ndarray) -> np.ndarray:
    array = np.asarray(array)
    return array.astype(np.float64 if array.dtype == np.float64 else np.float32)
