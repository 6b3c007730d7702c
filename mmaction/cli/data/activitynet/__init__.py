"""Commands that prepare ActivityNet: ``mmaction data activitynet``."""
