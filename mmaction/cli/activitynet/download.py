"""Former path of ``mmaction.cli.data.activitynet.download``."""

from mmaction.cli.data.activitynet.download import *  # noqa: F403
