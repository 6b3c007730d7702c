"""Former path of ``mmaction.cli.infer.inferencer``."""

from mmaction.cli.infer.inferencer import *  # noqa: F403
