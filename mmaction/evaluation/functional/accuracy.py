from mmaction.evaluation.functional.average_precision import *  # noqa: F403
from mmaction.evaluation.functional.confusion import *  # noqa: F403
from mmaction.evaluation.functional.fusion import *  # noqa: F403
from mmaction.evaluation.functional.temporal import *  # noqa: F403
from mmaction.evaluation.functional.temporal_ap import *  # noqa: F403
from mmaction.evaluation.functional.top_k import *  # noqa: F403
