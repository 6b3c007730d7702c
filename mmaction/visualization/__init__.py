"""Drawing labels and scores on videos, writing videos, plotting curves. Each part loads when first used."""

from mmaction._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        'action_visualizer': ['ActionVisualizer'],
        'skeleton': ['SkeletonLayout', 'draw_skeletons'],
        'video_backend': ['LocalVisBackend', 'TensorboardVisBackend', 'WandbVisBackend'],
        'video_io': ['VideoWriter', 'write_frames'],
        'plots': ['plot_confusion_matrix', 'plot_curves', 'read_scalars'],
    },
)
