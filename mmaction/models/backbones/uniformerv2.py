from mmaction.models.backbones.vit.uniformerv2 import *  # noqa: F403
