"""Parts of the training of detectors that are no modules: assignment and sampling of boxes."""

from mmaction.models.task_modules.assigners import AssignResult, MaxIoUAssigner, MaxIoUAssignerAVA
from mmaction.models.task_modules.samplers import RandomSampler, SamplingResult

__all__ = ['AssignResult', 'MaxIoUAssigner', 'MaxIoUAssignerAVA', 'RandomSampler', 'SamplingResult']
