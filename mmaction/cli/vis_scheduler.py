"""Former path of ``mmaction.cli.look.schedule``."""

from mmaction.cli.look.schedule import *  # noqa: F403
