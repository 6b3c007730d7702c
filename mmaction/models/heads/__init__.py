"""Heads: from features to class scores, losses and predictions."""

from mmaction.models.heads._parts import AvgConsensus
from mmaction.models.heads.attentive_head import AttentiveHead
from mmaction.models.heads.base import BaseHead
from mmaction.models.heads.feature_head import FeatureHead
from mmaction.models.heads.gcn_head import GCNHead
from mmaction.models.heads.i3d_head import I3DHead
from mmaction.models.heads.mvit_head import MViTHead
from mmaction.models.heads.omni_head import OmniHead
from mmaction.models.heads.rgbpose_head import RGBPoseHead
from mmaction.models.heads.slowfast_head import SlowFastHead
from mmaction.models.heads.timesformer_head import TimeSformerHead
from mmaction.models.heads.tpn_head import TPNHead
from mmaction.models.heads.trn_head import TRNHead
from mmaction.models.heads.tsm_head import TSMHead
from mmaction.models.heads.tsn_audio_head import TSNAudioHead
from mmaction.models.heads.tsn_head import TSNHead
from mmaction.models.heads.uniformer_head import UniFormerHead
from mmaction.models.heads.x3d_head import X3DHead
from mmaction.models.heads.zero_shot_head import ZeroShotHead

__all__ = [
    'AttentiveHead',
    'AvgConsensus',
    'BaseHead',
    'FeatureHead',
    'GCNHead',
    'I3DHead',
    'MViTHead',
    'OmniHead',
    'RGBPoseHead',
    'SlowFastHead',
    'TPNHead',
    'TRNHead',
    'TSMHead',
    'TSNAudioHead',
    'TSNHead',
    'TimeSformerHead',
    'UniFormerHead',
    'X3DHead',
    'ZeroShotHead',
]
