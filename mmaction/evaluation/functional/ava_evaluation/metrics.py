from mmaction.evaluation.functional.box_matching import *  # noqa: F403
