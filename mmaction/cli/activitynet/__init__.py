"""Former path of ``mmaction.cli.data.activitynet``."""
