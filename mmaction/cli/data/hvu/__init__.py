"""Commands that prepare HVU (https://github.com/holistic-video-understanding/HVU-Dataset): ``mmaction data hvu``."""
