from mmaction.models.backbones.resnet.x3d import *  # noqa: F403
