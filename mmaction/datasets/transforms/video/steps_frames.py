from mmaction.datasets.transforms.decode_frames import *  # noqa: F403
