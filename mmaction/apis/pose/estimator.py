from mmaction.inference.pose.estimator import *  # noqa: F403
