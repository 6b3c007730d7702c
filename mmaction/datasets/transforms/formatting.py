"""Historic path (MMAction2 1.x)."""

from mmaction.datasets.transforms.format import *  # noqa: F403
