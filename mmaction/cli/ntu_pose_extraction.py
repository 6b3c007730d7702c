"""Former path of ``mmaction.cli.data.ntu_pose_extraction``."""

from mmaction.cli.data.ntu_pose_extraction import *  # noqa: F403
