"""Former path of :mod:`mmaction.weights.recognizer`."""

from mmaction.weights.recognizer import *  # noqa: F403
