"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.resnet.omni import *  # noqa: F403
