from mmaction.cli.infer.localize import *  # noqa: F403
