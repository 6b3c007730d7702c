"""Historic path (MMAction2 1.x)."""

from mmaction.structures.graph import *  # noqa: F403
