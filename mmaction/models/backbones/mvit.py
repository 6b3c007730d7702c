"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.vit.mvit import *  # noqa: F403
