from mmaction.models.backbones.vit.vit_mae import *  # noqa: F403
