from mmaction.datasets.transforms.format import *  # noqa: F403
