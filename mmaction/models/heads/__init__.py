"""Heads: from features to class scores, losses and predictions."""

from mmaction.models.heads._parts import AvgConsensus
from mmaction.models.heads.base import BaseHead
from mmaction.models.heads.feature_head import FeatureHead
from mmaction.models.heads.i3d_head import I3DHead
from mmaction.models.heads.trn_head import TRNHead
from mmaction.models.heads.tsm_head import TSMHead
from mmaction.models.heads.tsn_head import TSNHead

__all__ = ['AvgConsensus', 'BaseHead', 'FeatureHead', 'I3DHead', 'TRNHead', 'TSMHead', 'TSNHead']
