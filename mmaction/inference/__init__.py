"""Running a trained model: pipelines for any input, windows of long videos, features, segments, poses."""

# Without `localize`, which would hide the module of that name; it is public as mmaction.apis.localize.
from mmaction.inference.features import FeatureExtractor, clip_features, feature_head
from mmaction.inference.localize import VideoFacts, find_segments, label_segments
from mmaction.inference.pipeline import InferencePipeline, adapt_steps, config_steps, pipeline_of
from mmaction.inference.run import PredictOptions, predict_batch, run_windows
from mmaction.inference.segmentation import segment_features
from mmaction.inference.windows import FrameCache, WindowPipeline, draw_grid

__all__ = [
    'FeatureExtractor',
    'FrameCache',
    'InferencePipeline',
    'PredictOptions',
    'VideoFacts',
    'WindowPipeline',
    'adapt_steps',
    'clip_features',
    'config_steps',
    'draw_grid',
    'feature_head',
    'find_segments',
    'label_segments',
    'pipeline_of',
    'predict_batch',
    'run_windows',
    'segment_features',
]
