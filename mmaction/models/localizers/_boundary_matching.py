"""Boundary-matching layer of BMN (Lin et al., 2019, https://arxiv.org/abs/1907.09702, sec. 4.2).

Legend: T steps, N samples of a proposal, D durations, S starts; D = S = T.
"""

from __future__ import annotations

import numpy as np
import torch


def sample_mask(num_steps: int, boundary_ratio: float, num_samples: int, num_samples_per_bin: int) -> torch.Tensor:
    """Interpolation weights of the samples of all proposals: features (C, T) @ mask (T, N * D * S).

    The proposal of duration d and start s covers the steps s..s+d, extended by ``boundary_ratio`` of its d + 1 steps at
    both ends. Equidistant points go from end to end; a sample is the mean of ``num_samples_per_bin`` of them. Points
    outside of the video have weight 0; proposals that end after the video are zero.

    Args:
        num_steps: T.
        boundary_ratio: extension at both ends, as a ratio of the length.
        num_samples: N.
        num_samples_per_bin: points per sample.

    Returns:
        float32 (T, N * D * S).
    """
    if num_samples * num_samples_per_bin < 2:
        raise ValueError(
            f'num_samples ({num_samples}) * num_samples_per_bin ({num_samples_per_bin}) must be at least 2.'
        )
    duration, start = np.nonzero(np.add.outer(np.arange(num_steps), np.arange(num_steps)) < num_steps)
    first = start - (duration + 1) * boundary_ratio
    last = start + duration + (duration + 1) * boundary_ratio
    points = num_samples * num_samples_per_bin
    distance = (last - first) / (points - 1.0)
    where = first[:, None] + distance[:, None] * np.arange(points)  # (proposals, points)

    sample = np.arange(points) // num_samples_per_bin  # (points,)
    column = (sample * num_steps + duration[:, None]) * num_steps + start[:, None]  # (proposals, points), in N * D * S
    whole = np.trunc(where)
    part = where - whole
    mask = np.zeros((num_steps, num_samples * num_steps**2), np.float32)
    # In (-1, 0) both neighbours are step 0 (truncation and ceiling), with weights that add up to 1.
    for step, weight in ((whole, 1 - part), (np.ceil(where), part)):
        inside = (step >= 0) & (step < num_steps)
        np.add.at(mask, (step[inside].astype(int), column[inside]), weight[inside] / num_samples_per_bin)
    return torch.from_numpy(mask)


def valid_mask(num_steps: int) -> torch.Tensor:
    """Mask (D, S) that is 1 for proposals that end within the video."""
    index = torch.arange(num_steps)
    return (index[:, None] + index < num_steps).float()
