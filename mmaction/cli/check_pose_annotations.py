from mmaction.cli.data.check_pose_annotations import *  # noqa: F403
from mmaction.datasets.pose_report import *  # noqa: F403
