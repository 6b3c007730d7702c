"""Steps of temporal localization: features of a video, its ground truth, and proposals of an earlier stage."""

from mmaction.datasets.transforms.localization.frames import FrameLabelsOnFeatureGrid
from mmaction.datasets.transforms.localization.grid import RandomFeatureCrop, SegmentsOnFeatureGrid
from mmaction.datasets.transforms.localization.labels import GenerateLocalizationLabels, relative_segments
from mmaction.datasets.transforms.localization.load import LoadLocalizationFeature, LoadProposals
from mmaction.datasets.transforms.localization.tables import read_features, read_table

__all__ = [
    'FrameLabelsOnFeatureGrid',
    'GenerateLocalizationLabels',
    'LoadLocalizationFeature',
    'LoadProposals',
    'RandomFeatureCrop',
    'SegmentsOnFeatureGrid',
    'read_features',
    'read_table',
    'relative_segments',
]
