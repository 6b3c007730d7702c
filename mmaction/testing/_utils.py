from mmaction.testing.configs import *  # noqa: F403
from mmaction.testing.inputs import *  # noqa: F403
