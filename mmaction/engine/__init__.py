"""Hooks, loops and optimizer constructors on mmengine, which is fixed when this package is imported."""

from mmaction.engine.hooks import OutputHook, VisualizationHook
from mmaction.engine.mmengine_fixes import fix_runner
from mmaction.engine.model import ConvBranchInit
from mmaction.engine.optimizers import (
    AmpOptimWrapper,
    LearningRateDecayOptimizerConstructor,
    SwinOptimWrapperConstructor,
    TSMOptimWrapperConstructor,
)
from mmaction.engine.runner import MultiLoaderEpochBasedTrainLoop
from mmaction.weights import (
    BrokenCheckpointError,
    UnsafeCheckpointError,
    WeightsNotAvailable,
    fetch_weights,
    load_weights,
)

repair_runner = fix_runner  # former name
fix_runner()

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
