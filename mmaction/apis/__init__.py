"""Inference in a few lines: models from configs, predictions for videos, inferencers by model name."""

from mmaction._lazy import old_names
from mmaction.apis.inference import inference_recognizer, init_recognizer
from mmaction.apis.inferencers import ActionRecogInferencer, DetectionInferencer, MMAction2Inferencer
from mmaction.apis.localization import init_localizer, localize
from mmaction.apis.model_zoo import ModelEntry, find_model, list_models
from mmaction.apis.skeleton import detection_inference, inference_skeleton, pose_inference
from mmaction.inference.detect import MovingObjectDetector, PersonBoxes, PersonDetector, detect_actions, load_boxes
from mmaction.inference.pose import (
    FramePoses,
    PoseEstimator,
    RTMLibEstimator,
    estimate_poses,
    load_poses,
    save_poses,
)

__all__ = [
    'ActionRecogInferencer',
    'DetectionInferencer',
    'FramePoses',
    'MMAction2Inferencer',
    'ModelEntry',
    'MovingObjectDetector',
    'PersonBoxes',
    'PersonDetector',
    'PoseEstimator',
    'RTMLibEstimator',
    'detect_actions',
    'detection_inference',
    'estimate_poses',
    'find_model',
    'inference_recognizer',
    'inference_skeleton',
    'init_localizer',
    'init_recognizer',
    'list_models',
    'load_boxes',
    'load_poses',
    'localize',
    'pose_inference',
    'save_poses',
]

__getattr__ = old_names(__name__)
