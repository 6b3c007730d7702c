from mmaction.cli.data.hvu.generate_file_list import *  # noqa: F403
