"""Former path of ``mmaction.datasets.transforms.decode``."""

from mmaction.datasets.transforms.decode import *  # noqa: F403
