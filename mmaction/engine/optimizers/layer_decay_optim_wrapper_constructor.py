from mmaction.engine.optimizers.layer_decay import *  # noqa: F403
