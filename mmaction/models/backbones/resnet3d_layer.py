"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.resnet.layer3d import *  # noqa: F403
