"""Graph convolutions over the joints of a skeleton, and the networks' common frame."""

from mmaction.models.backbones._gcn.spatial import UnitAAGCN, UnitGCN, match_channels
from mmaction.models.backbones._gcn.stack import (
    GraphBlock,
    GraphNet,
    JointNorm,
    StackedGraphNet,
    StagePlan,
    plan_stages,
)
from mmaction.models.backbones._gcn.temporal import BranchTCN, MultiScaleTCN, UnitTCN, shortcut
