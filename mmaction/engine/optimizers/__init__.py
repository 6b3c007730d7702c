"""Optimizer wrappers and the constructors that give parameters their own learning rate."""

from mmaction.engine.optimizers.amp import AmpOptimWrapper
from mmaction.engine.optimizers.layer_decay import LearningRateDecayOptimizerConstructor
from mmaction.engine.optimizers.swin import SwinOptimWrapperConstructor
from mmaction.engine.optimizers.tsm import TSMOptimWrapperConstructor
from mmaction.engine.optimizers.wrapper import OptimWrapper

__all__ = [
    'AmpOptimWrapper',
    'LearningRateDecayOptimizerConstructor',
    'OptimWrapper',
    'SwinOptimWrapperConstructor',
    'TSMOptimWrapperConstructor',
]
