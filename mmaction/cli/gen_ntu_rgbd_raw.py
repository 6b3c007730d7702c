"""Former path of ``mmaction.cli.data.gen_ntu_rgbd_raw``."""

from mmaction.cli.data.gen_ntu_rgbd_raw import *  # noqa: F403
from mmaction.datasets.ntu_skeletons import NUM_CLASSES, Task  # noqa: F401
