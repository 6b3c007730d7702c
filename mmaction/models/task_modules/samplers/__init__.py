"""Choice of the boxes that a training step uses."""

from mmaction.models.task_modules.samplers.random_sampler import RandomSampler
from mmaction.models.task_modules.samplers.sampling_result import SamplingResult

__all__ = ['RandomSampler', 'SamplingResult']
