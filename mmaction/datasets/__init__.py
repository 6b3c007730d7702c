"""Datasets: annotation files to packed samples."""

from mmaction.datasets.audio_dataset import AudioDataset
from mmaction.datasets.base import BaseActionDataset
from mmaction.datasets.hvu_dataset import HVUDataset
from mmaction.datasets.rawframe_dataset import RawframeDataset
from mmaction.datasets.repeat_aug_dataset import RepeatAugDataset, repeat_pseudo_collate
from mmaction.datasets.video_dataset import VideoDataset
from mmaction.datasets.wrappers import RepeatDataset

__all__ = [
    'AudioDataset',
    'BaseActionDataset',
    'HVUDataset',
    'RawframeDataset',
    'RepeatAugDataset',
    'RepeatDataset',
    'VideoDataset',
    'repeat_pseudo_collate',
]
