"""Features of RGB and flow to tables: ``python tools/data/activitynet/activitynet_feature_postprocessing.py``."""

from __future__ import annotations

import argparse
import os
import os.path as osp
from typing import TYPE_CHECKING, Literal

from mmaction.cli.command import UsageError, entry_points

if TYPE_CHECKING:
    import numpy as np

_EDGE = 1e-4  # the first and the last sample lie within the features


HELP = 'Join features of RGB and flow, a pkl (T, C) a video each, and bring them to 100 steps'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/activitynet/activitynet_feature_postprocessing.py``."""
    parser.add_argument('--rgb', default='', help='folder of the features of RGB')
    parser.add_argument('--flow', default='', help='folder of the features of flow; none: RGB alone')
    parser.add_argument('--dest', default='', help='folder to write to')
    parser.add_argument('--output-format', default='csv', choices=['csv', 'pkl', 'npy'], help='of the files to write')


def pool_feature(
    data: np.ndarray,
    num_proposals: int = 100,
    num_sample_bins: int = 3,
    pool_type: Literal['mean', 'max'] = 'mean',
) -> np.ndarray:
    """Bring features to a fixed length: each of ``num_proposals`` equal stretches is sampled and pooled.

    Args:
        data: (T, C)
        num_proposals: steps of the result.
        num_sample_bins: samples of a stretch, from its start on, interpolated.
        pool_type: how they are pooled.

    Returns:
        (num_proposals, C)
    """
    import numpy as np

    if pool_type not in ('mean', 'max'):
        raise ValueError(f"pool_type ({pool_type!r}) must be 'mean' or 'max'.")
    data = np.asarray(data)
    if data.ndim != 2 or not len(data):
        raise ValueError(f'Features must be (T, C) with at least one step, found shape {data.shape}.')
    if len(data) == 1:
        return np.repeat(data, num_proposals, axis=0)
    size = (len(data) - 1 - 2 * _EDGE) / num_proposals
    bins = np.arange(num_sample_bins) / num_sample_bins
    places = _EDGE + (np.arange(num_proposals)[:, None] + bins) * size  # (num_proposals, bins)
    low = np.clip(np.floor(places).astype(int), 0, len(data) - 2)
    weight = (places - low)[..., None]
    samples = data[low] * (1 - weight) + data[low + 1] * weight  # (num_proposals, bins, C)
    return getattr(samples, pool_type)(axis=1)


def read_pair(rgb: str, flow: str | None) -> np.ndarray:
    """Features of RGB and flow side by side, as long as the shorter of the two; (T, C)."""
    import numpy as np
    from mmengine.fileio import load

    parts = []
    for path in filter(None, (rgb, flow)):
        feature = np.asarray(load(path) if not path.endswith('.npy') else np.load(path))
        if feature.ndim != 2 or not len(feature):
            raise ValueError(f'{path} holds an array of shape {feature.shape}; features are (T, C).')
        if not np.isfinite(feature).all():
            raise ValueError(f'{path} holds values that are no numbers (NaN or infinite).')
        parts.append(feature)
    length = min(map(len, parts))
    return np.concatenate([part[:length] for part in parts], axis=1)


def run(args: argparse.Namespace) -> None:
    """Join and pool."""
    if not args.rgb or not args.dest:
        raise UsageError('--rgb and --dest are needed')
    import numpy as np
    from mmengine.fileio import dump

    from mmaction.utils.progress import track

    names = sorted(name for name in os.listdir(args.rgb) if name.endswith(('.pkl', '.npy')))
    if not names:
        raise FileNotFoundError(f'There is no *.pkl or *.npy in {args.rgb}.')
    os.makedirs(args.dest, exist_ok=True)
    for name in track(names, 'Pooling features'):
        flow = osp.join(args.flow, name) if args.flow else None
        feature = pool_feature(read_pair(osp.join(args.rgb, name), flow))
        target = osp.join(args.dest, f'{osp.splitext(name)[0]}.{args.output_format}')
        if args.output_format == 'csv':
            header = ','.join(map(str, range(feature.shape[1])))
            np.savetxt(target, feature, '%.8g', ',', header=header, comments='')
        elif args.output_format == 'npy':
            np.save(target, feature)
        else:
            dump(feature, target)


parse_args, main = entry_points(__name__)
