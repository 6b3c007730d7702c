"""Commands that prepare data sets: ``mmaction data``."""
