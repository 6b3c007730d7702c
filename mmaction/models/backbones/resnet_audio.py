"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.resnet.audio import *  # noqa: F403
