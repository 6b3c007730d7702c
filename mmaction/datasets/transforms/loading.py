"""The transforms that choose and load frames, where MMAction2 has them."""

from mmaction.datasets.transforms.audio import AudioFeatureSelector, LoadAudioFeature
from mmaction.datasets.transforms.decode import (
    DecordDecode,
    DecordInit,
    OpenCVDecode,
    OpenCVInit,
    PIMSDecode,
    PIMSInit,
    PyAVDecode,
    PyAVDecodeMotionVector,
    PyAVInit,
)
from mmaction.datasets.transforms.decode_frames import ArrayDecode, ImageDecode, LoadRGBFromFile, RawFrameDecode
from mmaction.datasets.transforms.formatting import InferencerPackInput
from mmaction.datasets.transforms.hvu_label import LoadHVULabel
from mmaction.datasets.transforms.localization import (
    GenerateLocalizationLabels,
    LoadLocalizationFeature,
    LoadProposals,
)
from mmaction.datasets.transforms.pseudo_clip import BuildPseudoClip
from mmaction.datasets.transforms.sampling import (
    DenseSampleFrames,
    SampleAVAFrames,
    SampleFrames,
    UniformSample,
    UntrimmedSampleFrames,
)

__all__ = [
    'ArrayDecode',
    'AudioFeatureSelector',
    'BuildPseudoClip',
    'DecordDecode',
    'DecordInit',
    'DenseSampleFrames',
    'GenerateLocalizationLabels',
    'ImageDecode',
    'InferencerPackInput',
    'LoadAudioFeature',
    'LoadHVULabel',
    'LoadLocalizationFeature',
    'LoadProposals',
    'LoadRGBFromFile',
    'OpenCVDecode',
    'OpenCVInit',
    'PIMSDecode',
    'PIMSInit',
    'PyAVDecode',
    'PyAVDecodeMotionVector',
    'PyAVInit',
    'RawFrameDecode',
    'SampleAVAFrames',
    'SampleFrames',
    'UniformSample',
    'UntrimmedSampleFrames',
]
