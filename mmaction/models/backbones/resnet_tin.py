from mmaction.models.backbones.resnet.tin import *  # noqa: F403
