from mmaction.models.backbones.resnet.omni import *  # noqa: F403
