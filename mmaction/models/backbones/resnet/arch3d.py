"""Architecture of a 3D ResNet as data: its stages, and the connections that lead to them from a second pathway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmaction.models.backbones.resnet.stages import (
    ArchSettings,
    BlockType,
    check_stages,
    per_block,
    per_stage,
    stage_depths,
)


@dataclass(frozen=True)
class Lateral:
    """Connection from another pathway to the input of a stage.

    Args:
        name: of its module.
        in_channels: channels of the other pathway.
        out_channels: channels that join those of this pathway.
    """

    name: str
    in_channels: int
    out_channels: int


@dataclass(frozen=True)
class Laterals:
    """All lateral connections of a pathway.

    Args:
        channel_ratio: channels of the slower pathway for one of the faster.
        inflation: output channels of a connection for one channel of the other pathway; if ``inverse``, channels of
            the other pathway for one output channel.
        inverse: whether the other pathway is the slower, wider one.
        active: for each stage, whether a connection leads to it.
    """

    channel_ratio: int = 8
    inflation: int = 2
    inverse: bool = False
    active: tuple[int, ...] = (1, 1, 1, 1)

    def connections(self, widths: Sequence[int]) -> tuple[Lateral | None, ...]:
        """The connection to each stage, or None.

        Args:
            widths: channels that the pathway itself brings to each of its stages.

        Raises:
            ValueError: ``active`` has fewer entries than there are stages.
        """
        if len(self.active) < len(widths):
            raise ValueError(f'lateral_activate {self.active} must have {len(widths)} entries, one per stage.')
        return tuple(
            self._connection(stage, width) if self.active[stage] else None for stage, width in enumerate(widths)
        )

    def _connection(self, stage: int, width: int) -> Lateral:
        name = f'layer{stage}_lateral' if stage else 'conv1_lateral'
        if self.inverse:
            other = width * self.channel_ratio
            return Lateral(name, other, other // self.inflation)
        return Lateral(name, width // self.channel_ratio, width * self.inflation // self.channel_ratio)


@dataclass(frozen=True)
class Stage3d:
    """One stage of a 3D ResNet.

    Args:
        width: channels of the previous stage.
        planes: channels inside the blocks.
        inflate: for each block, whether its kernels span time.
        non_local: for each block, whether a non-local block follows.
        spatial_stride: of the first block.
        temporal_stride: of the first block.
        dilation: of the 3x3 convolutions, in height and width.
        lateral: connection from a second pathway, whose output joins the input.
    """

    width: int
    planes: int
    inflate: tuple[int, ...]
    non_local: tuple[int, ...]
    spatial_stride: int = 1
    temporal_stride: int = 1
    dilation: int = 1
    lateral: Lateral | None = None

    @property
    def inplanes(self) -> int:
        """Channels that enter the first block."""
        return self.width + (self.lateral.out_channels if self.lateral else 0)


@dataclass(frozen=True)
class Arch3d:
    """A 3D ResNet after its stem.

    Args:
        block: class of the residual blocks.
        stages: from first to last.
    """

    block: BlockType
    stages: tuple[Stage3d, ...]

    @property
    def feat_dim(self) -> int:
        """Channels of the last stage."""
        return self.stages[-1].planes * self.block.expansion

    @classmethod
    def from_keywords(
        cls,
        settings: ArchSettings,
        depth: int,
        *,
        num_stages: int = 4,
        stage_blocks: Sequence[int] | None = None,
        base_channels: int = 64,
        spatial_strides: Sequence[int] = (1, 2, 2, 2),
        temporal_strides: Sequence[int] = (1, 1, 1, 1),
        dilations: Sequence[int] = (1, 1, 1, 1),
        inflate: int | Sequence[int | Sequence[int]] = 1,
        non_local: int | Sequence[int | Sequence[int]] = 0,
        laterals: Laterals | None = None,
    ) -> Arch3d:
        """Check and translate the keywords of :class:`~mmaction.models.backbones.ResNet3d`.

        Args:
            settings: table depth -> (block, blocks per stage).
            depth: key of the table.
            laterals: connections from a second pathway; the other arguments are those of the backbone.

        Raises:
            KeyError: no network has this depth.
            ValueError: an argument does not have one entry per stage or block.
        """
        block, blocks = stage_depths(settings, depth, num_stages, stage_blocks)
        check_stages(
            num_stages, (0,), spatial_strides=spatial_strides, temporal_strides=temporal_strides, dilations=dilations
        )
        inflations = per_stage(inflate, num_stages, 'inflate')
        non_locals = per_stage(non_local, num_stages, 'non_local')
        planes = [base_channels * 2**stage for stage in range(num_stages)]
        widths = [base_channels, *(width * block.expansion for width in planes[:-1])]
        connections = laterals.connections(widths) if laterals else (None,) * num_stages
        stages = [
            Stage3d(
                widths[stage],
                planes[stage],
                per_block(inflations[stage], blocks[stage], 'inflate'),
                per_block(non_locals[stage], blocks[stage], 'non_local'),
                spatial_strides[stage],
                temporal_strides[stage],
                dilations[stage],
                connections[stage],
            )
            for stage in range(num_stages)
        ]
        return cls(block, tuple(stages))
