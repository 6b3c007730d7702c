"""Temporal interlacing (Shao et al., 2020, TIN, https://arxiv.org/abs/2001.06499).

Legend: N clips, T frames, C channels that move, G groups of them, P pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmaction.models.common.bricks import fill_bias
from mmaction.models.common.temporal_shift import check_segments

_GROUPS = 2  # groups with their own offset; each has a twin that moves in the opposite direction


def shift_matrix(offset: Tensor, frames: int) -> Tensor:
    """Matrix that shifts a group of channels along time by a fractional number of frames.

    Row t holds the weights of the input frames in output frame t: linear interpolation between frame
    ``t - floor(offset)`` and the one before it. Frames beyond the ends are zero. The gradient reaches the offset
    through the weights.

    Args:
        offset: (N, G), in frames; positive moves to later frames.
        frames: T.

    Returns:
        (N, G, T, T).
    """
    whole = offset.detach().floor()
    fraction = (offset - whole)[..., None, None]  # weight of the earlier frame
    time = torch.arange(frames, device=offset.device, dtype=offset.dtype)
    distance = time[:, None] - time - whole[..., None, None]  # (N, G, T, T): 0 and 1 are the two frames
    return (distance == 0) * (1 - fraction) + (distance == 1) * fraction


def interlace(x: Tensor, offset: Tensor, weight: Tensor | None = None) -> Tensor:
    """Move each group of channels by its offset.

    Args:
        x: (N, T, C, P); C a multiple of G.
        offset: (N, G), in frames.
        weight: (N, T, G), factor of each output frame.

    Returns:
        (N, T, C, P).
    """
    matrix = shift_matrix(offset, x.shape[1])
    if weight is not None:
        matrix = matrix * weight.mT[..., None]  # (N, T, G) -> (N, G, T, 1)
    groups = x.unflatten(2, (offset.shape[1], -1)).flatten(3)  # (N, T, G, C/G * P)
    return torch.einsum('ngts,nsgp->ntgp', matrix.to(x.dtype), groups).reshape(x.shape)


class OffsetNet(nn.Module):
    """Offset of each group of channels, in (-2, 2) frames.

    Args:
        in_channels: channels C of the descriptor.
        groups: groups G.
        num_segments: frames T per clip.
    """

    def __init__(self, in_channels: int, groups: int, num_segments: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(in_channels, 1, 3, padding=1)
        self.fc1 = nn.Linear(num_segments, num_segments)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(num_segments, groups)
        self.sigmoid = nn.Sigmoid()
        self.init_weights()

    def init_weights(self) -> None:
        """Start with offsets of about half a frame: 4 * (sigmoid(0.5108) - 0.5) = 0.5."""
        fill_bias(self.conv)
        fill_bias(self.fc2, 0.5108)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T) -> (N, G)."""
        x = self.conv(x).squeeze(1)  # (N, T)
        return 4 * (self.sigmoid(self.fc2(self.relu(self.fc1(x)))) - 0.5)


class WeightNet(nn.Module):
    """Factor in (0, 2) for each frame and group of channels.

    Args:
        in_channels: channels C of the descriptor.
        groups: groups G.
    """

    def __init__(self, in_channels: int, groups: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(in_channels, groups, 3, padding=1)
        self.sigmoid = nn.Sigmoid()
        self.init_weights()

    def init_weights(self) -> None:
        """Start with factors of about one: 2 * sigmoid(0) = 1."""
        fill_bias(self.conv)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T) -> (N, T, G)."""
        return 2 * self.sigmoid(self.conv(x)).mT


class TemporalInterlace(nn.Module):
    """Shift of the first channels of a clip along time, with offsets and factors computed from the clip.

    Args:
        in_channels: channels of the frames.
        num_segments: frames per clip.
        shift_div: ``in_channels // shift_div`` channels move, which must be a multiple of four.
    """

    def __init__(self, in_channels: int, num_segments: int = 3, shift_div: int = 1) -> None:
        super().__init__()
        channels = in_channels // shift_div
        if channels < 1 or channels % (2 * _GROUPS):
            raise ValueError(
                f'{channels} of in_channels ({in_channels}) move with shift_div ({shift_div}); '
                f'this must be a multiple of {2 * _GROUPS}, the number of groups.'
            )
        self.in_channels = in_channels
        self.num_segments = num_segments
        self.shift_div = shift_div
        self.deform_groups = _GROUPS
        self.channels = channels
        self.offset_net = OffsetNet(channels, _GROUPS, num_segments)
        self.weight_net = WeightNet(channels, _GROUPS)

    def forward(self, x: Tensor) -> Tensor:
        """(N*T, in_channels, H, W) -> the same."""
        check_segments(x.shape[0], self.num_segments)
        moving, resting = x.split([self.channels, x.shape[1] - self.channels], dim=1)
        clips = moving.unflatten(0, (-1, self.num_segments)).flatten(3)  # (N, T, C, H*W)
        mean = clips.mean(3).mT  # (N, C, T)
        offset = self.offset_net(mean)
        weight = self.weight_net(mean)
        moved = interlace(clips, torch.cat([offset, -offset], 1), torch.cat([weight, weight], 2))
        return torch.cat([moved.reshape(moving.shape), resting], dim=1)
