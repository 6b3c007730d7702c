from mmaction.cli.tools.reparameterize_model import *  # noqa: F403
