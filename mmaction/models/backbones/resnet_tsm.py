from mmaction.models.backbones.resnet.tsm import *  # noqa: F403
