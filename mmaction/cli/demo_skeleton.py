"""Former path of ``mmaction.cli.infer.skeleton``."""

from mmaction.cli.infer.skeleton import *  # noqa: F403
