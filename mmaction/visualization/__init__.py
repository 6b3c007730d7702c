"""Drawing labels and scores on videos, writing videos, plotting curves."""

from mmaction.video import VideoWriter, write_frames
from mmaction.visualization.action_visualizer import ActionVisualizer
from mmaction.visualization.plots import plot_confusion_matrix, plot_curves, read_scalars
from mmaction.visualization.skeleton import SkeletonLayout, draw_skeletons
from mmaction.visualization.video_backend import LocalVisBackend, TensorboardVisBackend, WandbVisBackend

__all__ = [
    'ActionVisualizer',
    'LocalVisBackend',
    'SkeletonLayout',
    'TensorboardVisBackend',
    'VideoWriter',
    'WandbVisBackend',
    'draw_skeletons',
    'plot_confusion_matrix',
    'plot_curves',
    'read_scalars',
    'write_frames',
]
