from mmaction.cli.look.browse import *  # noqa: F403
