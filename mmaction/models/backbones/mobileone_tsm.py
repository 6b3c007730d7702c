"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.mobile.mobileone_tsm import *  # noqa: F403
