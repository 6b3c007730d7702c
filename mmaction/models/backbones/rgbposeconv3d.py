from mmaction.models.backbones.resnet.rgbpose import *  # noqa: F403
