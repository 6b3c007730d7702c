"""Measures as functions of NumPy arrays."""

from mmaction.evaluation.functional import (
    average_precision,
    confusion,
    fusion,
    segmentation,
    temporal,
    temporal_ap,
    top_k,
)
from mmaction.evaluation.functional.ava_utils import ava_eval, read_labelmap, results2csv
from mmaction.evaluation.functional.average_precision import *  # noqa: F403
from mmaction.evaluation.functional.confusion import *  # noqa: F403
from mmaction.evaluation.functional.eval_detection import ActivityNetLocalization
from mmaction.evaluation.functional.fusion import *  # noqa: F403
from mmaction.evaluation.functional.multisports_utils import frameAP, link_tubes, videoAP, videoAP_all
from mmaction.evaluation.functional.segmentation import *  # noqa: F403
from mmaction.evaluation.functional.temporal import *  # noqa: F403
from mmaction.evaluation.functional.temporal_ap import *  # noqa: F403
from mmaction.evaluation.functional.top_k import *  # noqa: F403

__all__ = [
    'ActivityNetLocalization',
    'ava_eval',
    'frameAP',
    'link_tubes',
    'read_labelmap',
    'results2csv',
    'videoAP',
    'videoAP_all',
    *average_precision.__all__,
    *confusion.__all__,
    *fusion.__all__,
    *segmentation.__all__,
    *temporal.__all__,
    *temporal_ap.__all__,
    *top_k.__all__,
]
