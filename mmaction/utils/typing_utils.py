from mmaction.structures.aliases import *  # noqa: F403
