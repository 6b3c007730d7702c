"""Former path of ``mmaction.datasets.transforms.decode_frames``."""

from mmaction.datasets.transforms.decode_frames import *  # noqa: F403
