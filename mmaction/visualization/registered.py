"""Former path of :mod:`mmaction.visualization`."""

from mmaction.visualization import *  # noqa: F403
