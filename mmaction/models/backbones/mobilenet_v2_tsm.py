from mmaction.models.backbones.mobile.mobilenet_v2_tsm import *  # noqa: F403
