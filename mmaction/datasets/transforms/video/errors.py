"""Former path of ``mmaction.video.errors``."""

from mmaction.video.errors import *  # noqa: F403
