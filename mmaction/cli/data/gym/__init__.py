"""Commands that prepare FineGym: ``mmaction data gym``."""
