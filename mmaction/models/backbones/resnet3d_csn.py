from mmaction.models.backbones.resnet.csn import *  # noqa: F403
