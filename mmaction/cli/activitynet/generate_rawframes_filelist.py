from mmaction.cli.data.activitynet.generate_rawframes_filelist import *  # noqa: F403
