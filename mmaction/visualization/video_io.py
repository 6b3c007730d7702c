"""Former path of ``mmaction.video.writer``."""

from mmaction.video.writer import *  # noqa: F403
from mmaction.video.writer import WRITABLE_SUFFIXES as VIDEO_SUFFIXES  # noqa: F401
