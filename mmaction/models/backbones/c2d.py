from mmaction.models.backbones.resnet.c2d import *  # noqa: F403
