from mmaction.cli.data.hvu.parse_tag_list import *  # noqa: F403
