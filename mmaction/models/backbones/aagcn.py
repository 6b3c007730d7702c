from mmaction.models.backbones.gcn.aagcn import *  # noqa: F403
