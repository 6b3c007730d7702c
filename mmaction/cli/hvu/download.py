"""Former path of ``mmaction.cli.data.hvu.download``."""

from mmaction.cli.data.hvu.download import *  # noqa: F403
