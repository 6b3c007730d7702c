from mmaction.utils import *  # noqa: F403
