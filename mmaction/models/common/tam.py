"""Temporal adaptive module (Liu et al., 2021, TANet, https://arxiv.org/abs/2005.06803)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.common.temporal_shift import check_segments


class TAM(nn.Module):
    """Convolves time with a kernel that the clip itself decides, after weighing its frames.

    The local branch L gives an importance for each channel and frame, the global branch G a kernel over time for each
    channel. Both look at the mean over space.

    Args:
        in_channels: channels C.
        num_segments: frames T of a clip.
        alpha: width of the global branch, over T.
        adaptive_kernel_size: frames K that the kernel spans.
        beta: channels over the width of the local branch.
        conv1d_kernel_size: frames that the local branch spans.
        adaptive_convolution_stride: of the adaptive convolution.
        adaptive_convolution_padding: of the adaptive convolution; with the stride it must keep T frames.
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
        stride, padding = adaptive_convolution_stride, adaptive_convolution_padding
        frames = (num_segments + 2 * padding - adaptive_kernel_size) // stride + 1
        if frames != num_segments:
            raise ValueError(
                f'An adaptive convolution of kernel {adaptive_kernel_size}, stride {stride} and padding {padding} '
                f'makes {frames} of num_segments ({num_segments}) frames; it must keep them, as stride 1 and padding '
                f'{adaptive_kernel_size // 2} do.'
            )
        self.in_channels, self.num_segments = in_channels, num_segments
        self.alpha, self.beta, self.init_std = alpha, beta, init_std
        self.adaptive_kernel_size, self.conv1d_kernel_size = adaptive_kernel_size, conv1d_kernel_size
        self.adaptive_convolution_stride, self.adaptive_convolution_padding = stride, padding
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
        for linear in (self.G[0], self.G[3]):
            nn.init.normal_(linear.weight, std=init_std)

    def forward(self, x: Tensor) -> Tensor:
        """(N*T, C, H, W) -> the same."""
        check_segments(x.shape[0], self.num_segments)
        (c, h, w), t = x.shape[1:], self.num_segments
        mean = x.mean(dim=(2, 3)).unflatten(0, (-1, t)).mT  # (N*T, C, H, W) -> (N, C, T)
        kernel = self.G(mean.flatten(0, 1))  # (N*C, K)
        importance = self.L(mean)  # (N, C, T)
        clips = x.unflatten(0, (-1, t)).transpose(1, 2) * importance[..., None, None]  # (N, C, T, H, W)
        clips = F.conv2d(  # each channel of each clip has its own kernel
            clips.reshape(1, -1, t, h * w),
            kernel[:, None, :, None].to(clips.dtype),
            stride=(self.adaptive_convolution_stride, 1),
            padding=(self.adaptive_convolution_padding, 0),
            groups=kernel.shape[0],
        )
        return clips.view(-1, c, t, h, w).transpose(1, 2).reshape(-1, c, h, w)
