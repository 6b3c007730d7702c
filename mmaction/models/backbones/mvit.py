from mmaction.models.backbones.vit.mvit import *  # noqa: F403
