from mmaction.models.common.patch_embed3d import *  # noqa: F403
