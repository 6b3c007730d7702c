"""Samplers: the frames of a video that go into a sample."""

from mmaction.datasets.transforms.sampling.sample_frames import DenseSampleFrames, SampleAVAFrames, SampleFrames
from mmaction.datasets.transforms.sampling.sampler import Sampled, Sampler
from mmaction.datasets.transforms.sampling.uniform import UniformSample, UniformSampleFrames
from mmaction.datasets.transforms.sampling.untrimmed import ClipGrid, UntrimmedSampleFrames

__all__ = [
    'ClipGrid',
    'DenseSampleFrames',
    'SampleAVAFrames',
    'SampleFrames',
    'Sampled',
    'Sampler',
    'UniformSample',
    'UniformSampleFrames',
    'UntrimmedSampleFrames',
]
