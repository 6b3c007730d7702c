"""Channels of the stages of a 3D ResNet, and the connections that lead to them from a second pathway."""

from __future__ import annotations

from dataclasses import dataclass


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

    def connection(self, stage: int, width: int) -> Lateral | None:
        """The connection to a stage (from 0) to which the pathway itself brings ``width`` channels."""
        if not self.active[stage]:
            return None
        name = f'layer{stage}_lateral' if stage else 'conv1_lateral'
        if self.inverse:
            other = width * self.channel_ratio
            return Lateral(name, other, other // self.inflation)
        return Lateral(name, width // self.channel_ratio, width * self.inflation // self.channel_ratio)


@dataclass(frozen=True)
class Stage3d:
    """Channels of one stage.

    Args:
        width: channels of the previous stage.
        planes: channels inside the blocks.
        lateral: connection from a second pathway, whose output joins the input.
    """

    width: int
    planes: int
    lateral: Lateral | None = None

    @property
    def inplanes(self) -> int:
        """Channels that enter the first block."""
        return self.width + (self.lateral.out_channels if self.lateral else 0)


def plan_stages(
    num_stages: int, base_channels: int, expansion: int, laterals: Laterals | None = None
) -> tuple[Stage3d, ...]:
    """Channels of all stages; each stage doubles those of the previous one.

    Raises:
        ValueError: ``laterals.active`` has fewer entries than there are stages.
    """
    if laterals and len(laterals.active) < num_stages:
        raise ValueError(f'lateral_activate {laterals.active} must have {num_stages} entries, one per stage.')
    stages = []
    width = base_channels
    for stage in range(num_stages):
        planes = base_channels * 2**stage
        stages.append(Stage3d(width, planes, laterals.connection(stage, width) if laterals else None))
        width = planes * expansion
    return tuple(stages)
