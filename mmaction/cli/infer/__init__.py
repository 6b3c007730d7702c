"""Commands that run trained models."""
