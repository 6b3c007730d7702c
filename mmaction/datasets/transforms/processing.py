from mmaction.datasets.transforms.spatial import *  # noqa: F403
