from mmaction.cli.data.concatenate_clips import *  # noqa: F403
from mmaction.datasets.concatenation import *  # noqa: F403
