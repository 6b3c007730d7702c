from mmaction.datasets.charadessta_dataset import *  # noqa: F403
