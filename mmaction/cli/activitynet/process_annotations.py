"""Former path of ``mmaction.cli.data.activitynet.process_annotations``."""

from mmaction.cli.data.activitynet.process_annotations import *  # noqa: F403
