"""Former path of ``mmaction.cli.infer.features``."""

from mmaction.cli.infer.features import *  # noqa: F403
