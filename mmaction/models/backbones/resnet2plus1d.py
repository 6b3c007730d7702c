"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.resnet.r2plus1d import *  # noqa: F403
