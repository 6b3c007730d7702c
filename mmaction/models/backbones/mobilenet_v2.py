from mmaction.models.backbones.mobile.mobilenet_v2 import *  # noqa: F403
