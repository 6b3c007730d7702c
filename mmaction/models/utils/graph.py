from mmaction.structures.graph import *  # noqa: F403
