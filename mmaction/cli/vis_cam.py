"""Former path of ``mmaction.cli.look.cam``."""

from mmaction.cli.look.cam import *  # noqa: F403
