"""Former path of ``mmaction.cli.tools.reparameterize_model``."""

from mmaction.cli.tools.reparameterize_model import *  # noqa: F403
