"""Former path of ``mmaction.cli.data.hvu``."""
