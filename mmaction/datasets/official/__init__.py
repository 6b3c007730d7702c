"""Data sets as their authors release them, brought into the layout that the configs read."""
