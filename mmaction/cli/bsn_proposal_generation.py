from mmaction.cli.tools.bsn_proposal_generation import *  # noqa: F403
