from mmaction.models.backbones.gcn.msg3d import *  # noqa: F403
