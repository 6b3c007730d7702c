"""Former path of ``mmaction.cli.infer.features``."""

from mmaction.cli.infer.features import *  # noqa: F403
from mmaction.distributed.jobs import MAX_NAMED, share_of_work  # noqa: F401
from mmaction.inference.features import FeatureExtractor as Extractor  # noqa: F401
from mmaction.inference.features import write_array  # noqa: F401
