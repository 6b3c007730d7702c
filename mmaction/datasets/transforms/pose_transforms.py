from mmaction.datasets.transforms.pose import *  # noqa: F403
from mmaction.datasets.transforms.sampling import *  # noqa: F403
