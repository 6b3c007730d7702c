"""Former path of ``mmaction.cli.infer.recognize``."""

from mmaction.cli.infer.recognize import *  # noqa: F403
