from mmaction.cli.data.activitynet.process_annotations import *  # noqa: F403
