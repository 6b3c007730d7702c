from mmaction.inference.pose.files import *  # noqa: F403
