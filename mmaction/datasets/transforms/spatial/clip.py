from mmaction.datasets.transforms.frames import *  # noqa: F403
from mmaction.datasets.transforms.spatial.ops import *  # noqa: F403
