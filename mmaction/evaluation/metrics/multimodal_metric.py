from mmaction.evaluation.metrics.retrieval_metric import *  # noqa: F403
