from mmaction.inference.pose.rtmlib_estimator import *  # noqa: F403
