"""Second stage of BSN, between TEM and PEM: ``python tools/misc/bsn_proposal_generation.py CONFIG --mode train``."""

from __future__ import annotations

import argparse
import os
import os.path as osp
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from mmaction.cli.args import read_config
from mmaction.cli.command import entry_points
from mmaction.utils.parallel import map_parallel
from mmaction.utils.progress import track

HELP = "Make proposals and features from TEM's results (BSN)"
HEADER = 'tmin,tmax,tmin_score,tmax_score,score,match_iou,match_ioa'
_REQUIRED = ('tem_results_dir', 'pgm_proposals_dir', 'pgm_features_dir', 'pgm_proposals_cfg')
_BY_MODE = {'test': ('ann_file_val', 'pgm_features_test_cfg'), 'train': ('ann_file_train', 'pgm_features_train_cfg')}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/misc/bsn_proposal_generation.py``."""
    parser.add_argument('config', help='such as configs/localization/bsn/bsn_pgm_400x100_activitynet-feature.py')
    parser.add_argument('--mode', choices=['train', 'test'], default='test', help='which videos; default: test')


def run(args: argparse.Namespace) -> None:
    """Generate proposals, then features."""
    cfg = read_config(args.config)
    annotation, features = _BY_MODE[args.mode]
    missing = [key for key in (*_REQUIRED, annotation, features) if key not in cfg]
    if missing:
        raise ValueError(f'{args.config} lacks {", ".join(missing)}. Is it a config of "pgm", the second stage of BSN?')
    generate_proposals(cfg[annotation], cfg.tem_results_dir, cfg.pgm_proposals_dir, **cfg.pgm_proposals_cfg)
    generate_features(
        cfg[annotation], cfg.tem_results_dir, cfg.pgm_proposals_dir, cfg.pgm_features_dir, **cfg[features]
    )
    print(f'Proposals are in {cfg.pgm_proposals_dir}, features in {cfg.pgm_features_dir}.')


def generate_proposals(
    ann_file: str, tem_results_dir: str, pgm_proposals_dir: str, pgm_proposals_thread: int = 8, **kwargs: Any
) -> None:
    """Write the proposals of each video to a csv file.

    Args:
        ann_file: annotation file.
        tem_results_dir: folder of the csv files of TEM.
        pgm_proposals_dir: folder to write to.
        pgm_proposals_thread: processes.
        **kwargs: of :func:`mmaction.models.localizers.utils.generate_candidate_proposals`.
    """
    from mmaction.models.localizers.utils import generate_candidate_proposals

    settings = dict(kwargs, tem_results_dir=tem_results_dir)
    work = partial(_generate, generate_candidate_proposals, _save_proposals, pgm_proposals_dir, settings)
    _for_all(work, ann_file, pgm_proposals_dir, pgm_proposals_thread, 'Generating proposals')


def generate_features(
    ann_file: str,
    tem_results_dir: str,
    pgm_proposals_dir: str,
    pgm_features_dir: str,
    pgm_features_thread: int = 8,
    **kwargs: Any,
) -> None:
    """Write the boundary-sensitive features of the proposals of each video to an npy file.

    Args:
        ann_file: annotation file.
        tem_results_dir: folder of the csv files of TEM.
        pgm_proposals_dir: folder of the proposals.
        pgm_features_dir: folder to write to.
        pgm_features_thread: processes.
        **kwargs: of :func:`mmaction.models.localizers.utils.generate_bsp_feature`.
    """
    from mmaction.models.localizers.utils import generate_bsp_feature

    settings = dict(kwargs, tem_results_dir=tem_results_dir, pgm_proposals_dir=pgm_proposals_dir)
    work = partial(_generate, generate_bsp_feature, _save_features, pgm_features_dir, settings)
    _for_all(work, ann_file, pgm_features_dir, pgm_features_thread, 'Generating features')


def load_video_infos(ann_file: str) -> list[dict[str, Any]]:
    """Read the records of an annotation file of ActivityNet, with ``video_name``."""
    from mmaction.datasets import ActivityNetDataset

    return ActivityNetDataset(ann_file, pipeline=[], serialize_data=False).data_list


def _save_proposals(folder: str, name: str, proposals: np.ndarray) -> None:
    np.savetxt(osp.join(folder, f'{name}.csv'), proposals, header=HEADER, delimiter=',', comments='')


def _save_features(folder: str, name: str, features: np.ndarray) -> None:
    np.save(osp.join(folder, f'{name}.npy'), features.astype(np.float32))


def _generate(
    generate: Callable[..., dict[str, np.ndarray]],
    save: Callable[[str, str, np.ndarray], None],
    out_dir: str,
    settings: dict[str, Any],
    info: dict[str, Any],
) -> None:
    made = generate([0], [info], **settings)
    save(out_dir, info['video_name'], made[info['video_name']])


def _for_all(
    work: Callable[[dict[str, Any]], None], ann_file: str, out_dir: str, processes: int, description: str
) -> None:
    """Do the work for each video. The processes write their results, so that none are kept in memory."""
    infos = load_video_infos(ann_file)
    processes = min(processes, os.cpu_count() or 1)  # the configs state those of a server
    os.makedirs(out_dir, exist_ok=True)
    # Short of 16 where that would leave processes without work.
    chunk = max(1, min(16, len(infos) // max(processes, 1)))
    for _ in track(map_parallel(work, infos, processes, chunk), description, total=len(infos)):
        pass


parse_args, main = entry_points(__name__)
