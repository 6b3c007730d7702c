from mmaction.cli.infer.inferencer import *  # noqa: F403
