"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.vit.vit_mae import *  # noqa: F403
