"""Temporal interlacing (Shao et al., 2020, TIN, https://arxiv.org/abs/2001.06499).

Legend: N clips, T frames, C channels that move, G groups of them, P pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmaction.models.common.temporal_shift import check_segments

_GROUPS = 2  # groups with an offset of their own; each has a twin that moves the other way


def shift_matrix(offset: Tensor, frames: int) -> Tensor:
    """Matrix that moves a group of channels along time by a number of frames that need not be whole.

    Row t holds what output frame t takes of each input frame: of ``t - floor(offset)`` and of the frame before that,
    in the shares of linear interpolation. Frames beyond the ends are zero. The gradient reaches the offset through the
    shares.

    Args:
        offset: (N, G), frames; positive moves to later frames.
        frames: T.

    Returns:
        (N, G, T, T).
    """
    whole = offset.detach().floor()
    share = (offset - whole)[..., None, None]  # of the frame one further back
    time = torch.arange(frames, device=offset.device, dtype=offset.dtype)
    behind = time[:, None] - time - whole[..., None, None]  # (N, G, T, T): 0 and 1 are the two frames
    return (behind == 0) * (1 - share) + (behind == 1) * share


def interlace(x: Tensor, offset: Tensor, weight: Tensor | None = None) -> Tensor:
    """Move each group of channels by its offset.

    Args:
        x: (N, T, C, P); C a multiple of G.
        offset: (N, G), frames.
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
    """How far each group of channels moves, in (-2, 2) frames.

    Args:
        in_channels: channels C of the descriptor.
        groups: groups G.
        num_segments: frames T.
    """

    def __init__(self, in_channels: int, groups: int, num_segments: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(in_channels, 1, 3, padding=1)
        self.fc1 = nn.Linear(num_segments, num_segments)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(num_segments, groups)
        self.init_weights()

    def init_weights(self) -> None:
        """Start about half a frame away from rest: 4 * (sigmoid(0.5108) - 0.5) = 0.5."""
        nn.init.zeros_(self.conv.bias)
        nn.init.constant_(self.fc2.bias, 0.5108)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T) -> (N, G)."""
        x = self.conv(x).squeeze(1)  # (N, T)
        return 4 * (self.fc2(self.relu(self.fc1(x))).sigmoid() - 0.5)


class WeightNet(nn.Module):
    """A factor in (0, 2) for each frame and group of channels.

    Args:
        in_channels: channels C of the descriptor.
        groups: groups G.
    """

    def __init__(self, in_channels: int, groups: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(in_channels, groups, 3, padding=1)
        nn.init.zeros_(self.conv.bias)  # a factor of about one

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T) -> (N, T, G)."""
        return 2 * self.conv(x).sigmoid().mT


class TemporalInterlace(nn.Module):
    """Moves the first channels of a clip along time, by offsets and with factors that the clip itself decides.

    Args:
        in_channels: channels of the frames.
        num_segments: frames of a clip.
        shift_div: one part in ``shift_div`` of the channels moves; a multiple of four.
    """

    def __init__(self, in_channels: int, num_segments: int = 3, shift_div: int = 1) -> None:
        super().__init__()
        channels = in_channels // shift_div
        if channels < 1 or channels % (2 * _GROUPS):
            raise ValueError(
                f'{channels} of in_channels ({in_channels}) move with shift_div ({shift_div}); '
                f'this must be a multiple of {2 * _GROUPS}, the groups that move for themselves.'
            )
        self.in_channels, self.num_segments, self.shift_div = in_channels, num_segments, shift_div
        self.deform_groups, self.channels = _GROUPS, channels
        self.offset_net = OffsetNet(channels, _GROUPS, num_segments)
        self.weight_net = WeightNet(channels, _GROUPS)

    def forward(self, x: Tensor) -> Tensor:
        """(N*T, in_channels, H, W) -> the same."""
        check_segments(x.shape[0], self.num_segments)
        moving, resting = x.split([self.channels, x.shape[1] - self.channels], dim=1)
        clips = moving.unflatten(0, (-1, self.num_segments)).flatten(3)  # (N, T, C, H*W)
        mean = clips.mean(3).mT  # (N, C, T)
        offset, weight = self.offset_net(mean), self.weight_net(mean)
        moved = interlace(clips, torch.cat([offset, -offset], 1), torch.cat([weight, weight], 2))
        return torch.cat([moved.reshape(moving.shape), resting], dim=1)
