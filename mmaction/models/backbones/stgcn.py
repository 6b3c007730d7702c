"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.gcn.stgcn import *  # noqa: F403
