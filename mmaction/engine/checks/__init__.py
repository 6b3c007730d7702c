"""Checks of the settings of a run before it starts.

A wrong setting would otherwise show after the first epoch, or never. :func:`check_settings` runs the rules of
:data:`RULES` on the loops, loaders, hooks and the model that the runner has built. Settings with which the run fails,
or does nothing, are one error; settings that are legal and seldom meant are one warning.
"""

from mmaction.engine.checks.check import RULES, SettingsError, check_resumed, check_settings
from mmaction.engine.checks.finding import Finding

__all__ = ['RULES', 'Finding', 'SettingsError', 'check_resumed', 'check_settings']
