"""Commands that prepare Kinetics: ``mmaction data kinetics``."""
