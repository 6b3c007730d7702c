from mmaction.cli.data.ntu_pose_extraction import *  # noqa: F403
