from mmaction.cli.look.cam import *  # noqa: F403
