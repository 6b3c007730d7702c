from mmaction.inference.pose.arrays import *  # noqa: F403
