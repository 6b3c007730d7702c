"""Hooks, loops, optimizer constructors and checkpoints on mmengine."""

from mmaction._repairs import repair_runner
from mmaction.engine.checkpoint import (
    BrokenCheckpointError,
    UnsafeCheckpointError,
    WeightsNotAvailable,
    fetch_weights,
    load_weights,
)
from mmaction.engine.hooks import OutputHook, VisualizationHook
from mmaction.engine.model import ConvBranchInit
from mmaction.engine.optimizers import (
    AmpOptimWrapper,
    LearningRateDecayOptimizerConstructor,
    SwinOptimWrapperConstructor,
    TSMOptimWrapperConstructor,
)
from mmaction.engine.runner import MultiLoaderEpochBasedTrainLoop

repair_runner()

__all__ = [
    'AmpOptimWrapper',
    'BrokenCheckpointError',
    'ConvBranchInit',
    'LearningRateDecayOptimizerConstructor',
    'MultiLoaderEpochBasedTrainLoop',
    'OutputHook',
    'SwinOptimWrapperConstructor',
    'TSMOptimWrapperConstructor',
    'UnsafeCheckpointError',
    'VisualizationHook',
    'WeightsNotAvailable',
    'fetch_weights',
    'load_weights',
]
