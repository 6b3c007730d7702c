"""The one core of the ResNet family.

A net is a stem and stages of residual blocks. What differs between the members is injected, not flagged:

- the kernels of a block (:mod:`.kernels`): 2D, or 3D with time in one place or another;
- the convolution layer (``conv_cfg``), a non-local block behind a block, what wraps a block or its first convolution;
- the channels that enter a stage beside the stage before (a second pathway).

The registered classes translate the historic keywords into these parts once, and own stem and forward.
"""

from mmaction.models.backbones._resnet.blocks import BasicBlock, Bottleneck, ResidualBlock
from mmaction.models.backbones._resnet.kernels import Kernels, basic_kernels, bottleneck_kernels
from mmaction.models.backbones._resnet.stages import build_stage, check_stages, per_block, stage_depths
from mmaction.models.backbones._resnet.training import TrainingSwitches, zero_residuals

__all__ = [
    'BasicBlock',
    'Bottleneck',
    'Kernels',
    'ResidualBlock',
    'TrainingSwitches',
    'basic_kernels',
    'bottleneck_kernels',
    'build_stage',
    'check_stages',
    'per_block',
    'stage_depths',
    'zero_residuals',
]
