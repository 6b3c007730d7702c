from mmaction.video.errors import *  # noqa: F403
