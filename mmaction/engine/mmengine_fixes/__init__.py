"""Fixes of mmengine for today's PyTorch and for what users of this package expect of it, one module per subject.

They run when :mod:`mmaction.engine` is imported; those that need no torch are in :mod:`mmaction.utils.mmengine_fixes`.
Each states the newest mmengine that needs it. All change only what is broken, are silent, and may run twice.
"""

from functools import cache

from mmaction.engine.mmengine_fixes.checkpoint import fix_checkpoints
from mmaction.engine.mmengine_fixes.config import fix_config
from mmaction.engine.mmengine_fixes.dist import fix_dist
from mmaction.engine.mmengine_fixes.schedule import fix_schedule
from mmaction.engine.mmengine_fixes.settings import fix_settings


@cache
def fix_runner() -> None:
    """Apply all fixes that need torch."""
    fix_checkpoints()
    fix_config()
    fix_dist()
    fix_schedule()
    fix_settings()
