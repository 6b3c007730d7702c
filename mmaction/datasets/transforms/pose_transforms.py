"""The transforms of key points, where MMAction2 has them."""

from mmaction.datasets.transforms.pose import (
    DecompressPose,
    GeneratePoseTarget,
    GenSkeFeat,
    JointToBone,
    MergeSkeFeat,
    MMCompact,
    MMDecode,
    MMUniformSampleFrames,
    PadTo,
    PoseCompact,
    PoseDecode,
    PreNormalize2D,
    PreNormalize3D,
    ToMotion,
)
from mmaction.datasets.transforms.sampling import UniformSampleFrames

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
    'ToMotion',
    'UniformSampleFrames',
]
