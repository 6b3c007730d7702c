"""Features of HACS as tables: ``python tools/data/hacs/write_feature_csv.py result.pkl``."""

from __future__ import annotations

import argparse
import os.path as osp

from mmaction.cli.command import entry_points

HELP = 'Write scores of clips as features, 100 rows per video'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/hacs/write_feature_csv.py``."""
    parser.add_argument('result', nargs='?', default='result.pkl', help='of tools/test.py --dump, with a row per clip')
    parser.add_argument('--data-root', help='folder of hacs_data.txt; default: data/HACS')
    parser.add_argument('--out', help='folder to write to; default: slowonly_feature in the data root')
    parser.add_argument('--num-steps', type=int, default=100, help='rows of each file')


def run(args: argparse.Namespace) -> None:
    """Write the tables."""
    import numpy as np
    from mmengine.fileio import load

    from mmaction.cli.data.activitynet.feature_postprocessing import pool_feature
    from mmaction.datasets.official.captions import read_names
    from mmaction.datasets.official.folders import default_root
    from mmaction.inference.features import write_array
    from mmaction.utils.files import complete_or_absent
    from mmaction.utils.progress import track

    root = args.data_root or default_root('HACS')
    names = read_names(osp.join(root, 'hacs_data.txt'))
    if not osp.isfile(args.result):
        raise FileNotFoundError(
            f'There are no scores at {args.result}; tools/test.py --dump {args.result} writes them.'
        )
    results = load(args.result)
    if len(results) != len(names):
        raise ValueError(f'{args.result} has {len(results)} videos, but hacs_data.txt lists {len(names)}.')
    out = args.out or osp.join(root, 'slowonly_feature')
    for name, result in track(list(zip(names, results)), 'Writing features'):
        scores = np.asarray(result['pred_score'], np.float32)
        if scores.ndim != 2:
            raise ValueError(
                f'{name}: the scores have shape {scores.shape} instead of (clips, classes); test with '
                'slowonly_feature_infer.py.'
            )
        stem = osp.splitext(osp.basename(name))[0]
        target = osp.join(out, f'{stem if stem.startswith("v_") else f"v_{stem}"}.csv')
        with complete_or_absent(target) as unfinished:
            write_array(unfinished, pool_feature(scores, args.num_steps))
    print(f'{len(names)} files of {args.num_steps} rows are in {out}.')


parse_args, main = entry_points(__name__)
