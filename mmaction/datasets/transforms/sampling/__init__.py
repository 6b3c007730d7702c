"""Which frames of a video to look at."""

from mmaction.datasets.transforms.sampling.ava import SampleAVAFrames
from mmaction.datasets.transforms.sampling.dense import DenseSampleFrames
from mmaction.datasets.transforms.sampling.sample_frames import SampleFrames
from mmaction.datasets.transforms.sampling.uniform import UniformSample, UniformSampleFrames
from mmaction.datasets.transforms.sampling.untrimmed import UntrimmedSampleFrames

__all__ = [
    'DenseSampleFrames',
    'SampleAVAFrames',
    'SampleFrames',
    'UniformSample',
    'UniformSampleFrames',
    'UntrimmedSampleFrames',
]
