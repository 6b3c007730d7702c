"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.resnet.slowfast import *  # noqa: F403
