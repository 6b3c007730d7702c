from mmaction.registry import *  # noqa: F403
