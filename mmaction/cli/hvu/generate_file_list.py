"""Former path of ``mmaction.cli.data.hvu.generate_file_list``."""

from mmaction.cli.data.hvu.generate_file_list import *  # noqa: F403
