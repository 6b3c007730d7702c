from mmaction.visualization.gradcam import *  # noqa: F403
