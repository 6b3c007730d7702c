"""Measures as functions of NumPy arrays."""

from mmaction.evaluation.functional import average_precision, confusion, fusion, temporal, temporal_ap, top_k
from mmaction.evaluation.functional.average_precision import *  # noqa: F403
from mmaction.evaluation.functional.confusion import *  # noqa: F403
from mmaction.evaluation.functional.eval_detection import ActivityNetLocalization
from mmaction.evaluation.functional.fusion import *  # noqa: F403
from mmaction.evaluation.functional.temporal import *  # noqa: F403
from mmaction.evaluation.functional.temporal_ap import *  # noqa: F403
from mmaction.evaluation.functional.top_k import *  # noqa: F403

__all__ = [
    'ActivityNetLocalization',
    *average_precision.__all__,
    *confusion.__all__,
    *fusion.__all__,
    *temporal.__all__,
    *temporal_ap.__all__,
    *top_k.__all__,
]
