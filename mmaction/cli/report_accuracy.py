"""Former path of ``mmaction.cli.tools.report_accuracy``."""

from mmaction.cli.tools.report_accuracy import *  # noqa: F403
from mmaction.evaluation.metrics.fusion import fuse_and_rate  # noqa: F401
