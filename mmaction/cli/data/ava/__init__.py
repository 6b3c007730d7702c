"""Commands that prepare AVA."""
