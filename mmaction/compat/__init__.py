"""The 0.x line of MMAction2: its config files, the names of its configs, and its Python names.

Nothing else in the package imports this one, except where a config is read (:func:`mmaction.compat.read.read_config`).
"""
