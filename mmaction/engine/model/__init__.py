"""Weight initializers."""

from mmaction.engine.model.weight_init import ConvBranchInit

__all__ = ['ConvBranchInit']
