from mmaction.cli.data.extract_audio import *  # noqa: F403
