from mmaction.models.backbones.gcn.stgcn import *  # noqa: F403
