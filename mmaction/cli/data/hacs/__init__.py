"""Commands that prepare HACS: ``mmaction data hacs``."""
