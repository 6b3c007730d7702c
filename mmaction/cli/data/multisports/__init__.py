"""Commands that prepare MultiSports."""
