"""Former path of ``mmaction.cli.data.uniform_baseline``."""

from mmaction.cli.data.uniform_baseline import *  # noqa: F403
