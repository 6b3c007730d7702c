from mmaction.cli.data.babel2mma2 import *  # noqa: F403
