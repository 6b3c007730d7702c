from mmaction.models.backbones.mobile.mobileone_tsm import *  # noqa: F403
