"""Former path of ``mmaction.inference.pose.arrays``."""

from mmaction.inference.pose.arrays import *  # noqa: F403
