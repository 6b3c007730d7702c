"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.resnet.tin import *  # noqa: F403
