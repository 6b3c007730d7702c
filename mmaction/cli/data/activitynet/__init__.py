"""The commands that prepare ActivityNet, for the scripts in ``tools/data/activitynet``."""
