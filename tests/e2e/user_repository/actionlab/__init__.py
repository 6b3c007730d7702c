"""A repository built on MMAction2 1.2.0, as people publish them: classes of its own of every kind, in its style."""

from .datasets import *  # noqa: F403
from .engine import *  # noqa: F403
from .evaluation import *  # noqa: F403
from .models import *  # noqa: F403
