"""Features of RGB and flow as tables: ``python tools/data/activitynet/activitynet_feature_postprocessing.py``."""

from __future__ import annotations

import argparse
import os
import os.path as osp
from typing import Literal

import numpy as np

from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.utils.progress import track

HELP = 'Join and resample features of RGB and flow'
_EDGE = 1e-4  # keeps the first and the last sample inside the features


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/activitynet/activitynet_feature_postprocessing.py``."""
    parser.description = 'Join features of RGB and flow, one pkl (T, C) per video, and resample them to 100 steps'
    parser.add_argument('--rgb', default='', help='folder of the features of RGB')
    parser.add_argument('--flow', default='', help='folder of the features of flow; default: RGB alone')
    parser.add_argument('--dest', default='', help='folder to write to')
    parser.add_argument('--output-format', default='csv', choices=['csv', 'pkl', 'npy'], help='of the files to write')


def run(args: argparse.Namespace) -> None:
    """Join and pool the features of all videos."""
    from mmaction.inference.features import write_array

    if not args.rgb or not args.dest:
        raise UsageError('--rgb and --dest are needed')
    names = sorted(name for name in os.listdir(args.rgb) if name.endswith(('.pkl', '.npy')))
    if not names:
        raise FileNotFoundError(f'There is no *.pkl or *.npy in {args.rgb}.')
    os.makedirs(args.dest, exist_ok=True)
    for name in track(names, 'Pooling features'):
        flow = osp.join(args.flow, name) if args.flow else None
        feature = pool_feature(read_pair(osp.join(args.rgb, name), flow))
        target = osp.join(args.dest, f'{osp.splitext(name)[0]}.{args.output_format}')
        write_array(target, feature, column='{}', digits=8)


def pool_feature(
    data: np.ndarray,
    num_proposals: int = 100,
    num_sample_bins: int = 3,
    pool_type: Literal['mean', 'max'] = 'mean',
) -> np.ndarray:
    """Resample features to a fixed length: samples of each of ``num_proposals`` equal segments are pooled.

    Args:
        data: (T, C)
        num_proposals: steps of the result.
        num_sample_bins: samples per segment, from its start on, interpolated linearly.
        pool_type: pooling over the samples of a segment.

    Returns:
        (num_proposals, C)

    Raises:
        ValueError: ``pool_type`` is unknown, or the features are not (T, C) with T of at least 1.
    """
    if pool_type not in ('mean', 'max'):
        raise ValueError(f"pool_type ({pool_type!r}) must be 'mean' or 'max'.")
    data = np.asarray(data)
    if data.ndim != 2 or not len(data):
        raise ValueError(f'Features must be (T, C) with at least one step, found shape {data.shape}.')
    if len(data) == 1:
        return np.repeat(data, num_proposals, axis=0)
    size = (len(data) - 1 - 2 * _EDGE) / num_proposals
    bins = np.arange(num_sample_bins) / num_sample_bins
    positions = _EDGE + (np.arange(num_proposals)[:, None] + bins) * size  # (num_proposals, bins)
    low = np.clip(np.floor(positions).astype(int), 0, len(data) - 2)
    weight = (positions - low)[..., None]
    samples = data[low] * (1 - weight) + data[low + 1] * weight  # (num_proposals, bins, C)
    if pool_type == 'mean':
        return samples.mean(axis=1)
    return samples.max(axis=1)


def read_pair(rgb: str, flow: str | None) -> np.ndarray:
    """Read features of RGB and flow and join their channels, (T, C), cut to the shorter of the two.

    Raises:
        ValueError: a file does not hold (T, C) finite numbers.
    """
    from mmengine.fileio import load

    parts = []
    for path in filter(None, (rgb, flow)):
        feature = np.load(path) if path.endswith('.npy') else np.asarray(load(path))
        if feature.ndim != 2 or not len(feature):
            raise ValueError(f'{path} holds an array of shape {feature.shape}; features are (T, C).')
        if not np.isfinite(feature).all():
            raise ValueError(f'{path} holds values that are not finite (NaN or infinite).')
        parts.append(feature)
    length = min(map(len, parts))
    return np.concatenate([part[:length] for part in parts], axis=1)


parse_args, main = entry_points(__name__)
