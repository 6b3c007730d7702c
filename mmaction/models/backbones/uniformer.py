from mmaction.models.backbones.vit.uniformer import *  # noqa: F403
