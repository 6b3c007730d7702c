from mmaction.models.backbones.resnet.audio import *  # noqa: F403
