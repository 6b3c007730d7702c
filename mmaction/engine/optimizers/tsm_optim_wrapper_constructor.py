from mmaction.engine.optimizers.tsm import *  # noqa: F403
