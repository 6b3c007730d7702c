"""The step that loads the proposals of BSN's second stage."""

from __future__ import annotations

import os.path as osp

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.localization.tables import check_table_ext, read_table
from mmaction.registry import TRANSFORMS

_COLUMNS = ('tmin', 'tmax', 'tmin_score', 'tmax_score', 'score', 'match_iou')


@TRANSFORMS.register_module()
class LoadProposals(BaseTransform):
    """Load the best proposals of a video and their boundary-sensitive features.

    `BSN: Boundary Sensitive Network for Temporal Action Proposal Generation <https://arxiv.org/abs/1806.02964>`_; the
    files are those that ``tools/misc/bsn_proposal_generation.py`` writes. Reads ``video_name``. Writes, for
    N <= ``top_k`` proposals, float32: ``bsp_feature`` (N, F); ``tmin``, ``tmax`` (N,), parts of the video in 0..1;
    ``tmin_score``, ``tmax_score`` (N,), how probable the boundaries are; ``reference_temporal_iou`` (N,), the tIoU with
    the best matching ground truth.

    Args:
        top_k: how many proposals to take, from the top of the file.
        pgm_proposals_dir: folder of the proposals, a file a video with columns tmin, tmax, tmin_score, tmax_score,
            score, match_iou (and match_ioa).
        pgm_features_dir: folder of the features, a file a video with a row a proposal.
        proposal_ext: ending of the files of proposals.
        feature_ext: ending of the files of features.

    Raises:
        FileNotFoundError, ValueError: a file is missing, broken, too narrow, or the two do not go together.
    """

    role = 'features'
    reads = ('video_name',)
    writes = ('bsp_feature', 'tmin', 'tmax', 'tmin_score', 'tmax_score', 'reference_temporal_iou')

    def __init__(
        self,
        top_k: int,
        pgm_proposals_dir: str,
        pgm_features_dir: str,
        proposal_ext: str = '.csv',
        feature_ext: str = '.npy',
    ) -> None:
        if top_k < 1:
            raise ValueError(f'top_k ({top_k}) must be at least 1.')
        self.top_k = top_k
        self.pgm_proposals_dir = pgm_proposals_dir
        self.pgm_features_dir = pgm_features_dir
        self.proposal_ext = check_table_ext(proposal_ext, 'proposal_ext')
        self.feature_ext = check_table_ext(feature_ext, 'feature_ext')

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
