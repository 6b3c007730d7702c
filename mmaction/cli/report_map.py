"""Former path of ``mmaction.cli.tools.report_map``."""

from mmaction.cli.tools.report_map import *  # noqa: F403
