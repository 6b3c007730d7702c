from mmaction.engine.optimizers.swin import *  # noqa: F403
