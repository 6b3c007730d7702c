"""Datasets: annotation files to packed samples."""

from mmaction._lazy import old_names
from mmaction.datasets import transforms
from mmaction.datasets.action_tube_dataset import ActionTubeDataset
from mmaction.datasets.activitynet_dataset import ActivityNetDataset
from mmaction.datasets.audio_dataset import AudioDataset
from mmaction.datasets.ava_dataset import AVADataset, AVAKineticsDataset
from mmaction.datasets.base import BaseActionDataset
from mmaction.datasets.charadessta_dataset import CharadesSTADataset
from mmaction.datasets.frame_label_dataset import FrameLabelDataset
from mmaction.datasets.hvu_dataset import HVUDataset
from mmaction.datasets.pose_dataset import PoseDataset
from mmaction.datasets.rawframe_dataset import RawframeDataset
from mmaction.datasets.repeat_aug_dataset import RepeatAugDataset, repeat_pseudo_collate
from mmaction.datasets.segment_dataset import SegmentDataset
from mmaction.datasets.transforms import *  # noqa: F403
from mmaction.datasets.video_dataset import VideoDataset
from mmaction.datasets.video_text_dataset import VideoTextDataset
from mmaction.datasets.wrappers import RepeatDataset

__all__ = [
    'AVADataset',
    'AVAKineticsDataset',
    'ActionTubeDataset',
    'ActivityNetDataset',
    'AudioDataset',
    'BaseActionDataset',
    'CharadesSTADataset',
    'FrameLabelDataset',
    'HVUDataset',
    'PoseDataset',
    'RawframeDataset',
    'RepeatAugDataset',
    'RepeatDataset',
    'SegmentDataset',
    'VideoDataset',
    'VideoTextDataset',
    'repeat_pseudo_collate',
    *transforms.__all__,
]

__getattr__ = old_names(__name__)
