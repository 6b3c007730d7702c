"""Squeeze and excitation (Hu et al., 2018, https://arxiv.org/abs/1709.01507)."""

from __future__ import annotations

from torch import Tensor, nn


def round_width(width: float, multiplier: float = 1.0, min_width: int = 8, divisor: int = 8) -> int:
    """Round ``width * multiplier`` to a multiple of ``divisor``, at least ``min_width`` and never a tenth below it.

    A ``multiplier`` of 0 returns the width unchanged.
    """
    if not multiplier:
        return int(width)
    width *= multiplier
    rounded = max(min_width, int(width + divisor / 2) // divisor * divisor)
    if rounded < 0.9 * width:  # MobileNet's rule: rounding must not cost more than a tenth of the channels
        rounded += divisor
    return rounded


class SEModule(nn.Module):
    """Scale of each channel of a clip by a factor in (0, 1), computed from the means of all channels.

    Args:
        channels: channels of the clip.
        reduction: the bottleneck has about ``reduction * channels`` channels, a multiple of eight.
    """

    def __init__(self, channels: int, reduction: float) -> None:
        super().__init__()
        if not reduction > 0:
            raise ValueError(f'reduction ({reduction}) must be positive, such as 1 / 16.')
        self.bottleneck = round_width(channels, reduction)
        self.fc1 = nn.Conv3d(channels, self.bottleneck, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)
        self.fc2 = nn.Conv3d(self.bottleneck, channels, kernel_size=1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) -> the same."""
        mean = x.mean(dim=(2, 3, 4), keepdim=True)
        return x * self.sigmoid(self.fc2(self.relu(self.fc1(mean))))
