"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.vit.uniformerv2 import *  # noqa: F403
