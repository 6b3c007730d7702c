"""Former path of ``mmaction.inference.pose.files``."""

from mmaction.inference.pose.files import *  # noqa: F403
