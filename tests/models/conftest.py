"""Makes this folder importable for the tests in its sub-folders, which share its helper modules."""
