from mmaction.models.backbones.resnet.slowfast import *  # noqa: F403
