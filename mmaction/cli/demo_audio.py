"""Former path of ``mmaction.cli.infer.audio``."""

from mmaction.cli.infer.audio import *  # noqa: F403
