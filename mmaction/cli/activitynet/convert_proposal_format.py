from mmaction.cli.data.activitynet.convert_proposal_format import *  # noqa: F403
