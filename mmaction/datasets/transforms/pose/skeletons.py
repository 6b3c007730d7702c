"""Former path of the skeleton layouts."""

from mmaction.structures.skeletons import *  # noqa: F403
