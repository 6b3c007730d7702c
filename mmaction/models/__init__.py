"""Models and their parts. Importing this package registers them."""

from mmaction._lazy import old_names
from mmaction.models import (
    adapters,
    backbones,
    builder,
    common,
    data_preprocessors,
    detectors,
    heads,
    localizers,
    losses,
    necks,
    recognizers,
    roi_heads,
    segmentation,
    similarity,
    task_modules,
    utils,
)
from mmaction.models._mmdet import register_with_mmdet
from mmaction.models.adapters import *  # noqa: F403
from mmaction.models.backbones import *  # noqa: F403
from mmaction.models.builder import *  # noqa: F403
from mmaction.models.common import *  # noqa: F403
from mmaction.models.data_preprocessors import *  # noqa: F403
from mmaction.models.detectors import *  # noqa: F403
from mmaction.models.heads import *  # noqa: F403
from mmaction.models.localizers import *  # noqa: F403
from mmaction.models.losses import *  # noqa: F403
from mmaction.models.necks import *  # noqa: F403
from mmaction.models.recognizers import *  # noqa: F403
from mmaction.models.roi_heads import *  # noqa: F403
from mmaction.models.segmentation import *  # noqa: F403
from mmaction.models.similarity import *  # noqa: F403
from mmaction.models.task_modules import *  # noqa: F403
from mmaction.models.utils import *  # noqa: F403
from mmaction.registry import MODELS

register_with_mmdet()

__all__ = [
    'MODELS',
    *adapters.__all__,
    *backbones.__all__,
    *builder.__all__,
    *common.__all__,
    *data_preprocessors.__all__,
    *detectors.__all__,
    *heads.__all__,
    *localizers.__all__,
    *losses.__all__,
    *necks.__all__,
    *recognizers.__all__,
    *roi_heads.__all__,
    *similarity.__all__,
    *segmentation.__all__,
    *task_modules.__all__,
    *utils.__all__,
]

__getattr__ = old_names(__name__)
