"""One table of names per codebase whose checkpoints we load."""
