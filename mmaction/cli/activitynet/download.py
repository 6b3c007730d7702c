from mmaction.cli.data.activitynet.download import *  # noqa: F403
