"""Historic path (MMAction2 1.x)."""

from mmaction.structures.aliases import *  # noqa: F403
