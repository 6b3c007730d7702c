"""Historic path (MMAction2 1.x)."""
