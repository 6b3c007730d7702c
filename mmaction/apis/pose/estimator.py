"""Former path of ``mmaction.inference.pose.estimator``."""

from mmaction.inference.pose.estimator import *  # noqa: F403
