from mmaction.cli.data.activitynet.feature_postprocessing import *  # noqa: F403
