"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.vit.timesformer import *  # noqa: F403
