"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.resnet.tsm import *  # noqa: F403
