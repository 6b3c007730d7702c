"""Former path of :mod:`mmaction.weights.files` and :mod:`mmaction.weights.sources`."""

from mmaction.weights.files import *  # noqa: F403
from mmaction.weights.sources import *  # noqa: F403
from mmaction.weights.sources import torchvision_urls as torchvision_addresses  # noqa: F401
