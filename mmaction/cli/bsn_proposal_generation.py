"""Former path of ``mmaction.cli.tools.bsn_proposal_generation``."""

from mmaction.cli.tools.bsn_proposal_generation import *  # noqa: F403
