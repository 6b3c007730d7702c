from mmaction.models.backbones.vit.swin import *  # noqa: F403
