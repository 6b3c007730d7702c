"""Second stage of BSN, between TEM and PEM: ``python tools/misc/bsn_proposal_generation.py CONFIG --mode train``."""

from __future__ import annotations

import argparse
import os
import os.path as osp
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from mmaction.cli.command import entry_points

if TYPE_CHECKING:
    import numpy as np

HEADER = 'tmin,tmax,tmin_score,tmax_score,score,match_iou,match_ioa'
_NEEDED = ('tem_results_dir', 'pgm_proposals_dir', 'pgm_features_dir', 'pgm_proposals_cfg')
_BY_MODE = {'test': ('ann_file_val', 'pgm_features_test_cfg'), 'train': ('ann_file_train', 'pgm_features_train_cfg')}


HELP = 'Proposals and their boundary-sensitive features from results of TEM'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/misc/bsn_proposal_generation.py``."""
    parser.add_argument('config', help='config, as configs/localization/bsn/bsn_pgm_400x100_activitynet-feature.py')
    parser.add_argument('--mode', choices=['train', 'test'], default='test', help='of which videos; default: test')


def load_video_infos(ann_file: str) -> list[dict[str, Any]]:
    """The entries of an annotation file of ActivityNet, with ``video_name``."""
    from mmaction.datasets import ActivityNetDataset

    return ActivityNetDataset(ann_file, pipeline=[], serialize_data=False).data_list


def _save_proposals(folder: str, name: str, proposals: np.ndarray) -> None:
    import numpy as np

    np.savetxt(osp.join(folder, f'{name}.csv'), proposals, header=HEADER, delimiter=',', comments='')


def _save_features(folder: str, name: str, features: np.ndarray) -> None:
    import numpy as np

    np.save(osp.join(folder, f'{name}.npy'), features.astype(np.float32))


def _generate(
    generate: Callable[..., dict[str, np.ndarray]],
    save: Callable[[str, str, np.ndarray], None],
    out_dir: str,
    settings: dict,
    info: dict,
) -> str:
    made = generate([0], [info], **settings)
    save(out_dir, info['video_name'], made[info['video_name']])
    return info['video_name']


def _for_all(work: Callable[[dict], str], infos: list[dict], processes: int, description: str) -> None:
    """Do the work for each video; the processes write what they make, so that nothing has to be kept."""
    from mmaction.utils.progress import track

    def tracked(results: Iterable[str]) -> None:
        for _ in track(results, description, total=len(infos)):
            pass

    if processes > 1 and len(infos) > 1:
        with ProcessPoolExecutor(min(processes, len(infos))) as pool:
            tracked(pool.map(work, infos, chunksize=max(1, min(16, len(infos) // processes))))
    else:
        tracked(map(work, infos))


def generate_proposals(
    ann_file: str, tem_results_dir: str, pgm_proposals_dir: str, pgm_proposals_thread: int = 8, **kwargs: Any
) -> None:
    """Write the proposals of each video, a csv each.

    Args:
        ann_file: annotation file.
        tem_results_dir: folder of the csv files of TEM.
        pgm_proposals_dir: folder to write to.
        pgm_proposals_thread: processes.
        **kwargs: of :func:`mmaction.models.localizers.utils.generate_candidate_proposals`.
    """
    from mmaction.models.localizers.utils import generate_candidate_proposals

    infos = load_video_infos(ann_file)
    os.makedirs(pgm_proposals_dir, exist_ok=True)
    settings = dict(kwargs, tem_results_dir=tem_results_dir)
    work = partial(_generate, generate_candidate_proposals, _save_proposals, pgm_proposals_dir, settings)
    _for_all(work, infos, pgm_proposals_thread, 'Generating proposals')


def generate_features(
    ann_file: str,
    tem_results_dir: str,
    pgm_proposals_dir: str,
    pgm_features_dir: str,
    pgm_features_thread: int = 8,
    **kwargs: Any,
) -> None:
    """Write the boundary-sensitive features of the proposals of each video, an npy each.

    Args:
        ann_file: annotation file.
        tem_results_dir: folder of the csv files of TEM.
        pgm_proposals_dir: folder of the proposals.
        pgm_features_dir: folder to write to.
        pgm_features_thread: processes.
        **kwargs: of :func:`mmaction.models.localizers.utils.generate_bsp_feature`.
    """
    from mmaction.models.localizers.utils import generate_bsp_feature

    infos = load_video_infos(ann_file)
    os.makedirs(pgm_features_dir, exist_ok=True)
    settings = dict(kwargs, tem_results_dir=tem_results_dir, pgm_proposals_dir=pgm_proposals_dir)
    work = partial(_generate, generate_bsp_feature, _save_features, pgm_features_dir, settings)
    _for_all(work, infos, pgm_features_thread, 'Generating features')


def run(args: argparse.Namespace) -> None:
    """Generate."""
    from mmaction.cli.args import read_config

    cfg = read_config(args.config)
    annotation, features = _BY_MODE[args.mode]
    missing = [key for key in (*_NEEDED, annotation, features) if key not in cfg]
    if missing:
        raise ValueError(
            f'{args.config} does not say {", ".join(missing)}. Is it a config of BSN for "pgm", the second stage?'
        )
    generate_proposals(cfg[annotation], cfg.tem_results_dir, cfg.pgm_proposals_dir, **cfg.pgm_proposals_cfg)
    generate_features(
        cfg[annotation], cfg.tem_results_dir, cfg.pgm_proposals_dir, cfg.pgm_features_dir, **cfg[features]
    )
    print(f'Proposals are in {cfg.pgm_proposals_dir}, features in {cfg.pgm_features_dir}.')


parse_args, main = entry_points(__name__)
