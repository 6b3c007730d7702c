"""Loops and log lines."""

from mmaction.engine.runner.log_processor import LogProcessor
from mmaction.engine.runner.multi_loop import MultiLoaderEpochBasedTrainLoop

__all__ = ['LogProcessor', 'MultiLoaderEpochBasedTrainLoop']
