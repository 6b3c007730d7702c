"""Commands that prepare AVA-Kinetics."""
