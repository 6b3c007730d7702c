"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.resnet.x3d import *  # noqa: F403
