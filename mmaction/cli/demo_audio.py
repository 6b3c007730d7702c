from mmaction.cli.infer.audio import *  # noqa: F403
