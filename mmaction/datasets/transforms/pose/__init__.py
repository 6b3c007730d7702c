"""Keypoints of persons: from an annotation to heatmaps or to the input of a graph network."""

from mmaction.datasets.transforms.pose.augment import RandomPoseAffine
from mmaction.datasets.transforms.pose.compact import MMCompact, PoseCompact
from mmaction.datasets.transforms.pose.decode import DecompressPose, PoseDecode
from mmaction.datasets.transforms.pose.features import GenSkeFeat, JointToBone, MergeSkeFeat, ToMotion
from mmaction.datasets.transforms.pose.multi_modal import MMDecode, MMUniformSampleFrames
from mmaction.datasets.transforms.pose.normalize import PreNormalize2D, PreNormalize3D
from mmaction.datasets.transforms.pose.pad import PadTo
from mmaction.datasets.transforms.pose.target import GeneratePoseTarget

__all__ = [
    'DecompressPose',
    'GenSkeFeat',
    'GeneratePoseTarget',
    'JointToBone',
    'MMCompact',
    'MMDecode',
    'MMUniformSampleFrames',
    'MergeSkeFeat',
    'PadTo',
    'PoseCompact',
    'PoseDecode',
    'PreNormalize2D',
    'PreNormalize3D',
    'RandomPoseAffine',
    'ToMotion',
]
