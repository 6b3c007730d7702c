from mmaction.models.backbones.resnet.layer3d import *  # noqa: F403
from mmaction.models.backbones.resnet.resnet3d import *  # noqa: F403
