from mmaction.structures.boxes import *  # noqa: F403
