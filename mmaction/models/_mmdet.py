"""Our parts of action detectors in the registries of MMDetection, where it is installed."""

from __future__ import annotations

import importlib.util

from mmaction.models.roi_heads import ACRNHead, AVARoIHead, BBoxHeadAVA, FBOHead, LFBInferHead, SingleRoIExtractor3D
from mmaction.models.task_modules import MaxIoUAssignerAVA
from mmaction.registry import stand_in_for_mmdet


def register_with_mmdet() -> None:
    """Add the parts that MMDetection has not; its own classes keep their names.

    A detector of MMDetection, ``mmdet.FastRCNN``, can then be built from them.
    """
    if importlib.util.find_spec('mmdet') is None:
        return
    try:
        from mmdet.registry import MODELS, TASK_UTILS
    except (ImportError, AssertionError, AttributeError):  # it rejects versions of mmcv and mmengine by assertion
        stand_in_for_mmdet()
        return
    for part in (ACRNHead, AVARoIHead, BBoxHeadAVA, FBOHead, LFBInferHead, SingleRoIExtractor3D):
        MODELS.register_module(module=part, force=True)
    TASK_UTILS.register_module(module=MaxIoUAssignerAVA, force=True)
