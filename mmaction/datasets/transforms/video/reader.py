from mmaction.video.open import *  # noqa: F403
from mmaction.video.reader import *  # noqa: F403
