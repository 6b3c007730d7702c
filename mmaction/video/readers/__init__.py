"""Readers of frames, one module per decoder. Import them through :mod:`mmaction.video`."""
