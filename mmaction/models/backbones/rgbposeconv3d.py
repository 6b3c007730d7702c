"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.resnet.rgbpose import *  # noqa: F403
