from mmaction.cli.data.hvu.download import *  # noqa: F403
