"""Imports what the visualizer and backend registries hold; they import this module on first use."""

from mmaction.visualization.action_visualizer import ActionVisualizer
from mmaction.visualization.video_backend import LocalVisBackend, TensorboardVisBackend, WandbVisBackend

__all__ = ['ActionVisualizer', 'LocalVisBackend', 'TensorboardVisBackend', 'WandbVisBackend']
