"""Stages: how deep, and from blocks to a sequence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

from mmaction.models.backbones.resnet.kernels import Kernels
from mmaction.models.common.bricks import Config
from mmaction.models.common.conv_module import ConvModule

# depth -> blocks of the four stages; 18 and 34 are made of basic blocks, the others of bottlenecks
_BASIC = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}
_BOTTLENECK = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}

ArchSettings = Mapping[int, tuple[type, tuple[int, ...]]]


def arch_settings(basic: type, bottleneck: type) -> dict[int, tuple[type, tuple[int, ...]]]:
    """Table depth -> (block, blocks of the stages) for a pair of blocks."""
    table = {depth: (basic, blocks) for depth, blocks in _BASIC.items()}
    return table | {depth: (bottleneck, blocks) for depth, blocks in _BOTTLENECK.items()}


def stage_depths(
    settings: ArchSettings, depth: int, num_stages: int, stage_blocks: Sequence[int] | None = None
) -> tuple[type, tuple[int, ...]]:
    """Block and number of blocks of each stage of a net.

    Raises:
        KeyError: no net has this depth.
        ValueError: the number of stages is none of 1..4, or not that of ``stage_blocks``.
    """
    if depth not in settings:
        raise KeyError(f'depth ({depth}) must be one of {", ".join(map(str, settings))}.')
    if not 1 <= num_stages <= 4:
        raise ValueError(f'num_stages ({num_stages}) must be 1, 2, 3 or 4.')
    block, blocks = settings[depth]
    if stage_blocks is None:
        return block, blocks[:num_stages]
    if len(stage_blocks) != num_stages:
        raise ValueError(f'stage_blocks {tuple(stage_blocks)} must name {num_stages} stages, as num_stages says.')
    return block, tuple(stage_blocks)


def check_stages(num_stages: int, out_indices: Sequence[int], **per_stage: Sequence[Any]) -> None:
    """Check what is said once a stage.

    Raises:
        ValueError: names the argument, what it holds and how long it must be.
    """
    if not out_indices or not all(0 <= index < num_stages for index in out_indices):
        raise ValueError(f'out_indices {tuple(out_indices)} must name stages in 0..{num_stages - 1}.')
    for name, values in per_stage.items():
        if len(values) != num_stages:
            raise ValueError(f'{name} {tuple(values)} must have {num_stages} entries, one a stage (num_stages).')


def per_block(value: int | Sequence[int], blocks: int, name: str) -> tuple[int, ...]:
    """One entry a block: a number stands for all of them."""
    values = (value,) * blocks if isinstance(value, int) else tuple(value)
    if len(values) != blocks:
        raise ValueError(f'{name} {values} must have {blocks} entries, one a block of the stage, or be one number.')
    return values


def build_stage(
    make_block: Callable[..., nn.Module],
    inplanes: int,
    planes: int,
    expansion: int,
    kernels: Sequence[Kernels],
    *,
    stride: Sequence[int],
    conv_cfg: Config | None = None,
    norm_cfg: Config | None = None,
    options: Sequence[Mapping[str, Any]] | None = None,
) -> nn.Sequential:
    """Residual blocks in sequence, the first of which takes the stride and a projection where the shape changes.

    Args:
        make_block: called with (inplanes, planes) and the keywords stride, downsample, kernels.
        inplanes: channels that enter.
        planes: channels inside the blocks.
        expansion: channels that leave a block, over ``planes``.
        kernels: kernels of each block; their number is the number of blocks.
        stride: of the first block, one number an axis.
        conv_cfg: layer of the projection.
        norm_cfg: norm of the projection.
        options: further keywords of each block.
    """
    ones = (1,) * len(stride)
    outplanes = planes * expansion
    downsample = None
    if tuple(stride) != ones or inplanes != outplanes:
        downsample = ConvModule(
            inplanes,
            outplanes,
            ones,
            stride=tuple(stride),
            bias=False,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=None,
        )
    blocks = []
    for index, block_kernels in enumerate(kernels):
        first = index == 0
        blocks.append(
            make_block(
                inplanes if first else outplanes,
                planes,
                stride=tuple(stride) if first else ones,
                downsample=downsample if first else None,
                kernels=block_kernels,
                **(options[index] if options else {}),
            )
        )
    return nn.Sequential(*blocks)
