from mmaction.cli.data.hvu.generate_sub_file_list import *  # noqa: F403
