"""Stages of residual blocks: how many blocks, and from blocks to a sequence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from torch import Tensor, nn

from mmaction.models.backbones.freezing import TrainingSwitches
from mmaction.models.backbones.resnet.blocks import BlockSequence, zero_residuals
from mmaction.models.common.bricks import Config
from mmaction.models.common.conv_module import ConvModule
from mmaction.utils.check import pick
from mmaction.weights import PretrainedConvNet

# depth -> blocks of the four stages; 18 and 34 are made of basic blocks, the others of bottlenecks
_BASIC = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}
_BOTTLENECK = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


class BlockType(Protocol):
    """Class of residual blocks, ours or the user's."""

    @property
    def expansion(self) -> int:
        """Output channels over ``planes``."""

    def __call__(self, inplanes: int, planes: int, /, *args: Any, **options: Any) -> nn.Module: ...


ArchSettings = Mapping[int, tuple[BlockType, Sequence[int]]]


def depth_table(basic: BlockType, bottleneck: BlockType) -> dict[int, tuple[BlockType, Sequence[int]]]:
    """Table depth -> (block, blocks per stage) for a pair of blocks."""
    table: dict[int, tuple[BlockType, Sequence[int]]] = {depth: (basic, blocks) for depth, blocks in _BASIC.items()}
    return table | {depth: (bottleneck, blocks) for depth, blocks in _BOTTLENECK.items()}


def stage_depths(
    settings: ArchSettings, depth: int, num_stages: int, stage_blocks: Sequence[int] | None = None
) -> tuple[BlockType, tuple[int, ...]]:
    """Block of a network and number of blocks of each of its stages.

    Raises:
        KeyError: no network has this depth.
        ValueError: the number of stages is not in 1..4, or not that of ``stage_blocks``.
    """
    if depth not in settings:
        raise KeyError(f'depth ({depth}) must be one of {", ".join(map(str, settings))}.')
    pick((1, 2, 3, 4), num_stages, 'num_stages')
    block, blocks = settings[depth]
    if stage_blocks is None:
        return block, tuple(blocks[:num_stages])
    if len(stage_blocks) != num_stages:
        raise ValueError(f'stage_blocks {tuple(stage_blocks)} must have {num_stages} entries, as num_stages says.')
    return block, tuple(stage_blocks)


def check_stages(num_stages: int, out_indices: Sequence[int], **per_stage: Sequence[Any]) -> None:
    """Check the arguments that have one entry per stage.

    Raises:
        ValueError: names the argument, its value and the required length.
    """
    if not out_indices or not all(0 <= index < num_stages for index in out_indices):
        raise ValueError(f'out_indices {tuple(out_indices)} must name stages in 0..{num_stages - 1}.')
    for name, values in per_stage.items():
        if len(values) != num_stages:
            raise ValueError(f'{name} {tuple(values)} must have {num_stages} entries, one per stage (num_stages).')


def per_stage(value: int | Sequence[Any], num_stages: int, name: str) -> tuple[Any, ...]:
    """One entry per stage: a number stands for all of them, and entries beyond the last stage are dropped."""
    values = (value,) * num_stages if isinstance(value, int) else tuple(value)
    if len(values) < num_stages:
        raise ValueError(f'{name} {values} must have {num_stages} entries, one per stage, or be one number.')
    return values[:num_stages]


def per_block(value: int | Sequence[int], blocks: int, name: str) -> tuple[int, ...]:
    """One entry per block: a number stands for all of them."""
    values = (value,) * blocks if isinstance(value, int) else tuple(value)
    if len(values) != blocks:
        raise ValueError(f'{name} {values} must have {blocks} entries, one per block of the stage, or be one number.')
    return values


def build_stage(
    make_block: Callable[..., nn.Module],
    inplanes: int,
    planes: int,
    options: Sequence[Mapping[str, Any]],
    *,
    expansion: int,
    stride: int | Sequence[int],
    conv_cfg: Config | None = None,
    norm_cfg: Config | None = None,
) -> nn.Sequential:
    """Residual blocks in sequence; the first takes the stride, and a projection where the shape changes.

    Args:
        make_block: called with (inplanes, planes) and the options of the block; for the first block also with
            ``stride`` and ``downsample``, whose defaults must be 1 and None.
        inplanes: channels that enter.
        planes: channels inside the blocks.
        options: keywords of each block; their number is the number of blocks.
        expansion: channels that leave a block, over ``planes``.
        stride: of the first block; one number, or one per axis.
        conv_cfg: convolution layer of the projection.
        norm_cfg: norm layer of the projection.
    """
    strides = (stride,) if isinstance(stride, int) else tuple(stride)
    outplanes = planes * expansion
    downsample = None
    if any(step != 1 for step in strides) or inplanes != outplanes:
        downsample = ConvModule(
            inplanes,
            outplanes,
            1,
            stride=stride,
            bias=False,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=None,
        )
    first, *others = options
    blocks = [make_block(inplanes, planes, stride=stride, downsample=downsample, **first)]
    blocks += [make_block(outplanes, planes, **keywords) for keywords in others]
    return BlockSequence(*blocks)


class ResidualNet(TrainingSwitches, PretrainedConvNet):
    """Stem, then stages of residual blocks with the names ``layer1``, ``layer2``, ...; the base of the family.

    A subclass builds its stem, passes its stages to :meth:`_add_stages`, and calls :meth:`_run_stages` in its forward
    pass.
    """

    res_layers: list[str]  # names of the stages
    out_indices: tuple[int, ...]
    feat_dim: int  # channels of the last stage
    zero_init_residual: bool = False

    def init_rest(self) -> None:
        """Start the blocks as identities, if ``zero_init_residual``."""
        if self.zero_init_residual:
            zero_residuals(self)

    def _add_stages(self, stages: Iterable[nn.Module]) -> None:
        self.res_layers = []
        for index, stage in enumerate(stages, start=1):
            self.add_module(f'layer{index}', stage)
            self.res_layers.append(f'layer{index}')

    def _check_channels(self, x: Tensor) -> None:
        """Raise ValueError if the stem, a convolution of ``in_channels``, cannot take the input (N, C, ...)."""
        stem = getattr(self, self.stem_names[0])
        # A stem of the user's own may take what it likes.
        if isinstance(stem, ConvModule) and x.shape[1] != stem.in_channels:
            raise ValueError(
                f'{type(self).__name__} takes {stem.in_channels} channels (in_channels), got {x.shape[1]} in an input '
                f'of shape {tuple(x.shape)}. Frames have 3, optical flow 2, heatmaps of a skeleton one per joint or '
                f'limb: set in_channels={x.shape[1]} of the backbone, or prepare data of {stem.in_channels}.'
            )

    def _stages(self) -> list[nn.Sequential]:
        return [getattr(self, name) for name in self.res_layers]

    def _blocks(self, stage: int) -> list[Any]:
        """The blocks of a stage (from 0), of our classes or the user's."""
        return list(self._stages()[stage])

    def _run_stages(self, x: Tensor, pool: Callable[[Tensor], Tensor] | None = None) -> Tensor | tuple[Tensor, ...]:
        """Features of the stages in ``out_indices``; one tensor if that is one stage.

        Args:
            x: output of the stem.
            pool: follows the first stage.
        """
        outs = []
        for index, stage in enumerate(self._stages()):
            x = stage(x)
            if index == 0 and pool is not None:
                x = pool(x)
            if index in self.out_indices:
                outs.append(x)
        return outs[0] if len(outs) == 1 else tuple(outs)
