"""Inference in a few lines: models from configs, predictions for videos, inferencers by model name."""

from mmaction._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        'inference': ['inference_recognizer', 'init_recognizer'],
        'inferencers': ['ActionRecogInferencer', 'MMAction2Inferencer'],
        'localization': ['init_localizer', 'localize'],
        'model_zoo': ['ModelEntry', 'find_model', 'list_models'],
        'pose': ['FramePoses', 'PoseEstimator', 'RTMLibEstimator', 'estimate_poses', 'load_poses', 'save_poses'],
        'skeleton': ['detection_inference', 'inference_skeleton', 'pose_inference'],
    },
)
