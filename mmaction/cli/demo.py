from mmaction.cli.infer.recognize import *  # noqa: F403
