"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.gcn.msg3d import *  # noqa: F403
