from mmaction.structures.skeletons import *  # noqa: F403
