"""Historic path (MMAction2 1.x)."""

from mmaction.models.backbones.gcn.aagcn import *  # noqa: F403
