"""Weights: reading checkpoint files, renaming foreign entries, and loading them into a module."""

from mmaction.weights.files import BrokenCheckpointError, UnsafeCheckpointError, load_file, save_checkpoint_file
from mmaction.weights.load import load
from mmaction.weights.pretrained import Pretrained, PretrainedConvNet
from mmaction.weights.rename import RenameTable, rename_on_load, translate
from mmaction.weights.report import LoadReport
from mmaction.weights.sources import WeightsNotAvailable, fetch_weights, load_weights

__all__ = [
    'BrokenCheckpointError',
    'LoadReport',
    'Pretrained',
    'PretrainedConvNet',
    'RenameTable',
    'UnsafeCheckpointError',
    'WeightsNotAvailable',
    'fetch_weights',
    'load',
    'load_file',
    'load_weights',
    'rename_on_load',
    'save_checkpoint_file',
    'translate',
]
