"""Type aliases for signatures, as in MMAction2 1.x (``mmaction.utils.typing_utils``)."""

from __future__ import annotations

from typing import Any, TypeAlias

from mmengine.config import ConfigDict
from mmengine.structures import InstanceData, LabelData
from torch import Tensor

from mmaction.structures.action_data_sample import ActionDataSample

__all__ = [
    'ConfigType',
    'ForwardResults',
    'InstanceList',
    'LabelList',
    'MultiConfig',
    'OptConfigType',
    'OptInstanceList',
    'OptLabelList',
    'OptMultiConfig',
    'OptSampleList',
    'SampleList',
    'SamplingResult',
]

ConfigType: TypeAlias = ConfigDict | dict
OptConfigType = ConfigType | None
MultiConfig = ConfigType | list[ConfigType]
OptMultiConfig = MultiConfig | None

InstanceList = list[InstanceData]
OptInstanceList = InstanceList | None
LabelList = list[LabelData]
OptLabelList = LabelList | None
SampleList = list[ActionDataSample]
OptSampleList = SampleList | None

# What a model returns for mode 'loss', 'predict' and 'tensor'.
ForwardResults = dict[str, Tensor] | list[ActionDataSample] | tuple[Tensor] | Tensor

# A class of MMDetection in the original. Modules name it in signatures; no code here makes one.
SamplingResult = Any
