"""Historic path (MMAction2 1.x)."""

from mmaction.visualization.gradcam import *  # noqa: F403
