from mmaction.models.backbones.resnet.layer3d import *  # noqa: F403
