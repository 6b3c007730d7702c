from mmaction.datasets.transforms.decode import *  # noqa: F403
