from mmaction.models.backbones.vit.timesformer import *  # noqa: F403
