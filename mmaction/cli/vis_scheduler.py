from mmaction.cli.look.schedule import *  # noqa: F403
