"""One module a command; the scripts under ``tools/`` and ``demo/`` call their ``main``."""
