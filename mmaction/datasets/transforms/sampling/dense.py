from mmaction.datasets.transforms.sampling.sample_frames import *  # noqa: F403
