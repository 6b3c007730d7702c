from mmaction.cli.data.uniform_baseline import *  # noqa: F403
from mmaction.evaluation.metrics.chance_level import *  # noqa: F403
