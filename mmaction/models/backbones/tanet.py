"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.resnet.tanet import *  # noqa: F403
