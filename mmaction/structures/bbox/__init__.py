"""Historic path (MMAction2 1.x)."""

from mmaction.structures.boxes import *  # noqa: F403
