from mmaction.models.backbones.resnet.r2plus1d import *  # noqa: F403
