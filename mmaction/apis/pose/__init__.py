"""Former path of :mod:`mmaction.inference.pose`."""

from mmaction.inference.pose import *  # noqa: F403
from mmaction.inference.pose import __all__ as __all__
