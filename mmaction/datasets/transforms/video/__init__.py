from mmaction.datasets.transforms.decode import *  # noqa: F403
from mmaction.datasets.transforms.decode_frames import *  # noqa: F403
from mmaction.video import *  # noqa: F403
