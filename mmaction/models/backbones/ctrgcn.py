from mmaction.models.backbones.gcn.ctrgcn import *  # noqa: F403
