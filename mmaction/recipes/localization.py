"""Pipelines and loaders of the configs under ``configs/localization``. Pure functions of plain dicts, as its siblings.

===================== ==========================================================================
:func:`features`      features of whole videos, with the annotated actions (BSN's TEM, BMN, TCANet)
:func:`boundaries`    the same for the TEM, whose results are tables and not proposals
:func:`bsp_features`  proposals with their boundary-sensitive features (BSN's PEM)
:func:`sentences`     32 proposals of a video, and a sentence (DRN)
:func:`loaders`       train, validation and test loader of annotations in ActivityNet's format
:func:`charades`      loader of Charades-STA
:func:`proposal_metric` AR@AN and the json file of proposals
===================== ==========================================================================

Each of the first four returns the train, validation and test pipelines:

    import mmaction.recipes.localization as loc
    pipelines = loc.features()
    train_dataloader, val_dataloader, test_dataloader = loc.loaders(
        8, pipelines, 'data/ActivityNet/k700slowonly', train='train.json', val='val.json')
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mmaction.recipes as recipes
from mmaction.recipes import Pipeline, Step, either, loader

__all__ = [
    'VIDEO_INFO',
    'boundaries',
    'bsp_features',
    'charades',
    'features',
    'loaders',
    'pack',
    'proposal_metric',
    'sentences',
]

Pipelines = tuple[Pipeline, Pipeline, Pipeline]

# Fields that convert proposals from fractions of the video to seconds, and the annotations to compare them with.
VIDEO_INFO = ('video_name', 'duration_second', 'duration_frame', 'annotations', 'feature_frame')


# --------------------------------------------------------------------------------------------------------- pipelines
def pack(keys: Sequence[str] | None, meta_keys: Sequence[str]) -> Step:
    """Packing step; ``keys=None`` packs features and meta information only."""
    fields = {} if keys is None else {'keys': tuple(keys)}
    return dict(type='PackLocalizationInputs', **fields, meta_keys=tuple(meta_keys))


def features(keys: Sequence[str] = ('gt_bbox',)) -> Pipelines:
    """Pipelines of features of whole videos, for proposal networks.

    Args:
        keys: fields that the network needs beside the features.
    """
    load = dict(type='LoadLocalizationFeature')
    label = dict(type='GenerateLocalizationLabels')
    return (
        [load, label, pack(keys, ['video_name'])],
        [load, label, pack(keys, VIDEO_INFO)],
        [load, pack(keys, VIDEO_INFO)],
    )


def boundaries() -> Pipelines:
    """Pipelines of features of whole videos, for a network that outputs one table per video."""
    load = dict(type='LoadLocalizationFeature')
    label = dict(type='GenerateLocalizationLabels')
    labelled = [load, label, pack(['gt_bbox'], ['video_name'])]
    return labelled, labelled, [load, pack(None, ['video_name'])]


def bsp_features(
    pgm_proposals_dir: str, pgm_features_dir: str, *, train_top_k: int = 500, test_top_k: int = 1000
) -> Pipelines:
    """Pipelines of proposals and their features, as written by ``tools/misc/bsn_proposal_generation.py``.

    Args:
        pgm_proposals_dir: folder of the proposals.
        pgm_features_dir: folder of the features.
        train_top_k: proposals per video in training.
        test_top_k: proposals per video in validation and testing.
    """

    def load(top_k: int) -> Step:
        folders = dict(pgm_proposals_dir=pgm_proposals_dir, pgm_features_dir=pgm_features_dir)
        return dict(type='LoadProposals', top_k=top_k, **folders)

    rated = [load(test_top_k), pack(['tmin', 'tmax', 'tmin_score', 'tmax_score', 'bsp_feature'], VIDEO_INFO)]
    return [load(train_top_k), pack(['reference_temporal_iou', 'bsp_feature'], [])], rated, rated


def sentences() -> Pipelines:
    """Pipelines of 32 proposals of a video, and a sentence: the same to train, validate and test."""
    meta_keys = ('vid_name', 'query_tokens', 'query_length', 'num_proposals', 'num_frames')
    steps = [pack(['gt_bbox', 'proposals'], meta_keys)]
    return steps, steps, steps


# ----------------------------------------------------------------------------------------------------------- loaders
def loaders(
    batch_size: int,
    pipelines: Pipelines,
    data_root: str,
    *,
    train: str,
    val: str,
    test: str | None = None,
    data_root_val: str | None = None,
    val_batch_size: int = 1,
    drop_last: bool = False,
    dataset_type: str = 'ActivityNetDataset',
    dataset: Step | None = None,
) -> tuple[Step, Step, Step]:
    """Loaders to train, validate and test on annotations in ActivityNet's format; testing uses batches of one.

    Args:
        batch_size: videos per process in training.
        pipelines: the train, validation and test pipelines.
        data_root: folder of the features of training.
        train: annotation file of training.
        val: annotation file of validation.
        test: annotation file of testing; None: that of validation.
        data_root_val: folder of the features of validation and testing; None: that of training.
        val_batch_size: videos per process in validation.
        drop_last: drop the last batch of an epoch if it is incomplete.
        dataset_type: type of the datasets.
        dataset: further keywords of the datasets.
    """
    common: Step = dict(type=dataset_type, **(dataset or {}))
    folder_val = either(data_root_val, data_root)
    places = ((train, data_root), (val, folder_val), (either(test, val), folder_val))
    sets = (dict(common, ann_file=file, data_prefix=dict(video=folder)) for file, folder in places)
    made = recipes.loaders(batch_size, pipelines, *sets, val_batch_size=val_batch_size)
    if drop_last:
        made[0]['drop_last'] = True
    return made


def charades(batch_size: int, dataset: Step, *, num_workers: int) -> Step:
    """Loader of ``CharadesSTADataset``; ``batch_size`` (sentences) and ``num_workers`` are those of one process."""
    return dict(loader(dataset, batch_size, shuffle=True, num_workers=num_workers), drop_last=True)


def proposal_metric(work_dir: str, **keywords: Any) -> Step:
    """Average recall of proposals, which are written to ``results.json`` in ``work_dir``."""
    dump = dict(out=f'{work_dir}/results.json', output_format='json')
    return dict(type='ANetMetric', metric_type='AR@AN', dump_config=dump, **keywords)
