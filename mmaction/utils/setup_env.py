"""Historic path (MMAction2 1.x)."""

from mmaction.registry import *  # noqa: F403
