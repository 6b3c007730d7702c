"""Historic path (MMAction2 1.x)."""

from mmaction.datasets.transforms.spatial import *  # noqa: F403
