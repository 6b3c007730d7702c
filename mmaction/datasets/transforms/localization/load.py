"""Steps that load the features of a video, and the proposals of BSN's second stage."""

from __future__ import annotations

import os.path as osp
from dataclasses import dataclass

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.localization.tables import check_table_ext, read_features, read_table
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least

_COLUMNS = ('tmin', 'tmax', 'tmin_score', 'tmax_score', 'score', 'match_iou')


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class LoadLocalizationFeature(BaseTransform):
    """Load the features of a video.

    Reads ``feature_path``, a file with one row per time step (see :func:`read_table` for the formats), and
    ``video_name``. Writes ``raw_feature``, float32 (C, T).

    Args:
        raw_feature_ext: suffix of the files, replacing that of ``feature_path``; None keeps it.
        channels_first: the files have one column per time step, as those that were published with MS-TCN.

    Raises:
        FileNotFoundError, ValueError: the file is missing, broken, empty or has NaNs; the message names file and video.
    """

    role = 'features'
    reads = ('feature_path',)
    writes = ('raw_feature',)

    raw_feature_ext: str | None = None
    channels_first: bool = False

    def __post_init__(self) -> None:
        if self.raw_feature_ext is not None:
            check_table_ext(self.raw_feature_ext, 'raw_feature_ext')

    def transform(self, results: dict) -> dict:
        path = results['feature_path']
        if self.raw_feature_ext is not None:
            path = osp.splitext(path)[0] + self.raw_feature_ext
        features = read_features(path, results.get('video_name', ''))
        if not self.channels_first:
            features = features.T  # (T, C) -> (C, T)
        results['raw_feature'] = np.ascontiguousarray(features)
        return results


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class LoadProposals(BaseTransform):
    """Load the best proposals of a video and their boundary-sensitive features.

    `BSN: Boundary Sensitive Network for Temporal Action Proposal Generation <https://arxiv.org/abs/1806.02964>`_; the
    files are those that ``tools/misc/bsn_proposal_generation.py`` writes. Reads ``video_name``. Writes, for
    N <= ``top_k`` proposals, float32: ``bsp_feature`` (N, F); ``tmin``, ``tmax`` (N,), parts of the video in 0..1;
    ``tmin_score``, ``tmax_score`` (N,), probabilities of the boundaries; ``reference_temporal_iou`` (N,), the tIoU with
    the best matching ground truth.

    Args:
        top_k: number of proposals to take, from the top of the file.
        pgm_proposals_dir: folder of the proposals, one file per video with columns tmin, tmax, tmin_score, tmax_score,
            score, match_iou (and match_ioa).
        pgm_features_dir: folder of the features, one file per video, one row per proposal.
        proposal_ext: suffix of the files of proposals.
        feature_ext: suffix of the files of features.

    Raises:
        FileNotFoundError, ValueError: a file is missing, broken, too narrow, or the two do not go together.
    """

    role = 'features'
    reads = ('video_name',)
    writes = ('bsp_feature', 'tmin', 'tmax', 'tmin_score', 'tmax_score', 'reference_temporal_iou')

    top_k: int
    pgm_proposals_dir: str
    pgm_features_dir: str
    proposal_ext: str = '.csv'
    feature_ext: str = '.npy'

    def __post_init__(self) -> None:
        at_least(1, self.top_k, 'top_k')
        self.proposal_ext = check_table_ext(self.proposal_ext, 'proposal_ext')
        self.feature_ext = check_table_ext(self.feature_ext, 'feature_ext')

    def transform(self, results: dict) -> dict:
        video = results['video_name']
        proposals_path = osp.join(self.pgm_proposals_dir, video + self.proposal_ext)
        features_path = osp.join(self.pgm_features_dir, video + self.feature_ext)
        try:
            proposals = read_table(proposals_path, f'proposals of video {video}')
            features = read_table(features_path, f'BSP features of video {video}')
        except FileNotFoundError as error:
            raise FileNotFoundError(f'{error} Has tools/misc/bsn_proposal_generation.py been run?') from None
        if proposals.shape[1] < len(_COLUMNS):
            raise ValueError(
                f'{proposals_path} has {proposals.shape[1]} columns; at least {len(_COLUMNS)} are needed: '
                f'{", ".join(_COLUMNS)}.'
            )
        proposals, features = proposals[: self.top_k], features[: self.top_k]
        if len(features) != len(proposals):
            raise ValueError(
                f'Of the first {self.top_k} (top_k), there are {len(proposals)} proposals in {proposals_path} and '
                f'{len(features)} features in {features_path}. Generate both anew.'
            )
        results['bsp_feature'] = features
        for column, key in enumerate(('tmin', 'tmax', 'tmin_score', 'tmax_score')):
            results[key] = proposals[:, column]
        results['reference_temporal_iou'] = proposals[:, 5]
        return results
