from mmaction.models.backbones.resnet.tanet import *  # noqa: F403
