"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.resnet.slowonly import *  # noqa: F403
