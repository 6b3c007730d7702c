"""Temporal adaptive module (Liu et al., 2021, TANet, https://arxiv.org/abs/2005.06803)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.common.temporal_shift import check_segments
from mmaction.utils.check import at_least


class TAM(nn.Module):
    """Adaptive convolution over time: both the weights of the frames and the kernel are computed from the clip.

    The local branch L returns an importance for each channel and frame, the global branch G a kernel over time for each
    channel. Both take the mean over space.

    Args:
        in_channels: channels C.
        num_segments: frames T per clip.
        alpha: ratio of the width of the global branch to T.
        adaptive_kernel_size: kernel size K of the adaptive convolution, in frames.
        beta: ratio of the channels to the width of the local branch.
        conv1d_kernel_size: kernel size of the local branch, in frames.
        adaptive_convolution_stride: stride of the adaptive convolution.
        adaptive_convolution_padding: padding of the adaptive convolution; with the stride it must keep T frames.
        init_std: standard deviation of the linear layers' initial weights.
    """

    def __init__(
        self,
        in_channels: int,
        num_segments: int,
        alpha: int = 2,
        adaptive_kernel_size: int = 3,
        beta: int = 4,
        conv1d_kernel_size: int = 3,
        adaptive_convolution_stride: int = 1,
        adaptive_convolution_padding: int = 1,
        init_std: float = 0.001,
    ) -> None:
        super().__init__()
        if not 1 <= beta <= in_channels:
            raise ValueError(f'beta ({beta}) must be in 1..{in_channels}, the channels that it divides.')
        stride = adaptive_convolution_stride
        padding = adaptive_convolution_padding
        frames = (num_segments + 2 * padding - adaptive_kernel_size) // stride + 1
        if frames != num_segments:
            raise ValueError(
                f'An adaptive convolution of kernel {adaptive_kernel_size}, stride {stride} and padding {padding} '
                f'turns num_segments ({num_segments}) frames into {frames}; it must keep their number, as stride 1 and '
                f'padding {adaptive_kernel_size // 2} do.'
            )
        self.in_channels = in_channels
        self.num_segments = num_segments
        self.alpha = at_least(1, alpha, 'alpha')
        self.beta = beta
        self.init_std = init_std
        self.adaptive_kernel_size = adaptive_kernel_size
        self.conv1d_kernel_size = conv1d_kernel_size
        self.adaptive_convolution_stride = stride
        self.adaptive_convolution_padding = padding
        self.G = nn.Sequential(
            nn.Linear(num_segments, num_segments * alpha, bias=False),
            nn.BatchNorm1d(num_segments * alpha),
            nn.ReLU(inplace=True),
            nn.Linear(num_segments * alpha, adaptive_kernel_size, bias=False),
            nn.Softmax(-1),
        )
        self.L = nn.Sequential(
            nn.Conv1d(
                in_channels, in_channels // beta, conv1d_kernel_size, padding=conv1d_kernel_size // 2, bias=False
            ),
            nn.BatchNorm1d(in_channels // beta),
            nn.ReLU(inplace=True),
            nn.Conv1d(in_channels // beta, in_channels, 1, bias=False),
            nn.Sigmoid(),
        )
        for layer in self.G:
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=init_std)

    def forward(self, x: Tensor) -> Tensor:
        """(N*T, C, H, W) -> the same."""
        check_segments(x.shape[0], self.num_segments)
        c, h, w = x.shape[1:]
        t = self.num_segments
        mean = x.mean(dim=(2, 3)).unflatten(0, (-1, t)).mT  # (N*T, C, H, W) -> (N, C, T)
        kernel = self.G(mean.flatten(0, 1))  # (N*C, K)
        importance = self.L(mean)  # (N, C, T)
        clips = x.unflatten(0, (-1, t)).transpose(1, 2) * importance[..., None, None]  # (N, C, T, H, W)
        # Each channel of each clip has its own kernel, so all of them become the groups of one convolution.
        clips = F.conv2d(
            clips.reshape(1, -1, t, h * w),
            kernel[:, None, :, None].to(clips.dtype),
            stride=(self.adaptive_convolution_stride, 1),
            padding=(self.adaptive_convolution_padding, 0),
            groups=kernel.shape[0],
        )
        return clips.view(-1, c, t, h, w).transpose(1, 2).reshape(-1, c, h, w)
