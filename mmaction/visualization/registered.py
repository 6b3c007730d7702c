from mmaction.visualization import *  # noqa: F403
