from mmaction.models.localizers.drn.drn_utils.fcos_loss import *  # noqa: F403
