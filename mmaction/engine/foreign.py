from mmaction.weights.recognizer import *  # noqa: F403
