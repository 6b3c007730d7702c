from mmaction.models.localizers.drn.drn_utils.query_encoder import *  # noqa: F403
