from mmaction.cli.infer.skeleton import *  # noqa: F403
