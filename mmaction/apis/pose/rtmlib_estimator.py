"""Former path of ``mmaction.inference.pose.rtmlib_estimator``."""

from mmaction.inference.pose.rtmlib_estimator import *  # noqa: F403
