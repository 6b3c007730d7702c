from mmaction.cli.tools.report_map import *  # noqa: F403
