"""The official splits of data sets, for scripts that import them; see ``build_file_list.py``."""

from mmaction.cli.data.parse_file_list import *  # noqa: F403
