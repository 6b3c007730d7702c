"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.vit.uniformer import *  # noqa: F403
