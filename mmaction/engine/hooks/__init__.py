"""Hooks of the runner, and the hook that keeps a module's output."""

from mmaction.engine.hooks.checkpoint_hook import CheckpointHook
from mmaction.engine.hooks.class_balance import ClassBalanceHook
from mmaction.engine.hooks.logger_hook import LoggerHook
from mmaction.engine.hooks.output import OutputHook
from mmaction.engine.hooks.runtime_info import FinishesTest, RuntimeInfoHook
from mmaction.engine.hooks.sampler_seed import DistSamplerSeedHook
from mmaction.engine.hooks.visualization_hook import VisualizationHook

__all__ = [
    'CheckpointHook',
    'ClassBalanceHook',
    'DistSamplerSeedHook',
    'FinishesTest',
    'LoggerHook',
    'OutputHook',
    'RuntimeInfoHook',
    'VisualizationHook',
]
