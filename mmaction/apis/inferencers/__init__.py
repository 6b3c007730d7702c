"""Objects that turn videos into predictions, drawn videos and files of results. Importing this registers them."""

from mmaction.apis.inferencers.actionrecog_inferencer import ActionRecogInferencer
from mmaction.apis.inferencers.detection_inferencer import DetectionInferencer
from mmaction.apis.inferencers.mmaction2_inferencer import MMAction2Inferencer

__all__ = ['ActionRecogInferencer', 'DetectionInferencer', 'MMAction2Inferencer']
