from mmaction.utils import GradCAM, Target, class_activation, find_layer, heat_frames  # noqa: F401
