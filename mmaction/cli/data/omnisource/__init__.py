"""Commands that prepare OmniSource: ``mmaction data omnisource``."""
