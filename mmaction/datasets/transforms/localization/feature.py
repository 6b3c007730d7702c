from mmaction.datasets.transforms.localization.load import *  # noqa: F403
