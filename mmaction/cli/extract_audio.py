"""Former path of ``mmaction.cli.data.extract_audio``."""

from mmaction.cli.data.extract_audio import *  # noqa: F403
