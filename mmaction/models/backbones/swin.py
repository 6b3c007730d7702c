"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.vit.swin import *  # noqa: F403
