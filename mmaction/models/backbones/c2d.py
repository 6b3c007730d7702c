"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.resnet.c2d import *  # noqa: F403
