from mmaction.models.backbones.resnet.resnet3d import *  # noqa: F403
