"""Commands that report and convert: ``mmaction tools``."""
