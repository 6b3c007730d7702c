"""Former path of ``mmaction.cli.infer.localize``."""

from mmaction.cli.infer.localize import *  # noqa: F403
