"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.gcn.ctrgcn import *  # noqa: F403
