from mmaction.datasets.transforms.text import *  # noqa: F403
