"""The transforms that choose and load frames, where MMAction2 has them."""

from mmaction.datasets.transforms.formatting import InferencerPackInput
from mmaction.datasets.transforms.sampling import (
    DenseSampleFrames,
    SampleAVAFrames,
    SampleFrames,
    UniformSample,
    UntrimmedSampleFrames,
)
from mmaction.datasets.transforms.video import (
    ArrayDecode,
    DecordDecode,
    DecordInit,
    ImageDecode,
    LoadRGBFromFile,
    OpenCVDecode,
    OpenCVInit,
    PIMSDecode,
    PIMSInit,
    PyAVDecode,
    PyAVDecodeMotionVector,
    PyAVInit,
    RawFrameDecode,
)

__all__ = [
    'ArrayDecode',
    'DecordDecode',
    'DecordInit',
    'DenseSampleFrames',
    'ImageDecode',
    'InferencerPackInput',
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
