"""Former path of ``mmaction.cli.look.browse``."""

from mmaction.cli.look.browse import *  # noqa: F403
