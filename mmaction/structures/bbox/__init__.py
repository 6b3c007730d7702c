"""Historic path (MMAction2 1.x)."""

# The module first, and the function of its name after it: else a later import of the module would replace the function.
from mmaction.structures.bbox.bbox_target import bbox_target
from mmaction.structures.bbox.transforms import bbox2result

__all__ = ['bbox2result', 'bbox_target']
