"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.resnet.csn import *  # noqa: F403
