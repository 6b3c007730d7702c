from mmaction.models.backbones.resnet.slowonly import *  # noqa: F403
