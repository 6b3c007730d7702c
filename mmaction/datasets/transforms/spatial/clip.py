from mmaction.datasets.transforms.spatial.ops import *  # noqa: F403
