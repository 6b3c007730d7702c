"""Former path of ``mmaction.cli.infer.features``."""

from mmaction.cli.infer.features import *  # noqa: F403
from mmaction.inference.features import FeatureExtractor as Extractor  # noqa: F401
from mmaction.inference.features import write_array  # noqa: F401
