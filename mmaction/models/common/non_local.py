"""Non-local blocks over images and clips (Wang et al., 2018, https://arxiv.org/abs/1711.07971).

Legend: N batch, C channels, D channels inside, P positions (H*W or T*H*W), Q positions after sub-sampling.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.common.bricks import Config
from mmaction.models.common.conv_module import ConvModule

Mode = Literal['gaussian', 'embedded_gaussian', 'dot_product', 'concatenation']


def attend_softmax(theta: Tensor, phi: Tensor, g: Tensor, scale: float) -> Tensor:
    """softmax(scale * theta phi^T) g. theta (N, P, D), phi (N, Q, D), g (N, Q, E) -> (N, P, E)."""
    return F.scaled_dot_product_attention(theta, phi, g, scale=scale)


def attend_dot_product(theta: Tensor, phi: Tensor, g: Tensor) -> Tensor:
    """(theta phi^T / Q) g, multiplied in the order that costs less. Shapes as of :func:`attend_softmax`."""
    (p, d), (q, e) = theta.shape[1:], g.shape[1:]
    if d * e * (p + q) < p * q * (d + e):
        return theta @ (phi.mT @ (g / q))
    return (theta @ phi.mT / q) @ g


def attend_concatenation(theta: Tensor, phi: Tensor, g: Tensor, weight: Tensor) -> Tensor:
    """(relu(w [theta_i, phi_j]) / Q) g with w (2D,). Shapes as of :func:`attend_softmax`.

    w [theta_i, phi_j] is a sum of one number a position, so no pair of features is ever put together.
    """
    left, right = weight.split(theta.shape[-1])
    pairs = (theta @ left)[:, :, None] + (phi @ right)[:, None, :]  # (N, P, Q)
    return (pairs.relu() / g.shape[1]) @ g


class _NonLocal(nn.Module):
    """x + conv_out(attention(theta(x), phi(x), g(x)))."""

    dims: int

    def __init__(
        self,
        in_channels: int,
        sub_sample: bool = False,
        conv_cfg: Config | None = None,
        reduction: int = 2,
        use_scale: bool = True,
        norm_cfg: Config | None = None,
        mode: Mode = 'embedded_gaussian',
        std: float = 0.01,
        zeros_init: bool = True,
        *,
        pool_input: bool = False,
    ) -> None:
        super().__init__()
        if mode not in get_args(Mode):
            raise ValueError(f'mode ({mode}) of a non-local block must be one of {", ".join(get_args(Mode))}.')
        self.in_channels, self.sub_sample, self.reduction = in_channels, sub_sample, reduction
        self.inter_channels = inner = max(in_channels // reduction, 1)
        self.mode, self.use_scale, self.std, self.zeros_init = mode, use_scale, std, zeros_init
        conv_cfg = conv_cfg or dict(type=f'Conv{self.dims}d')

        def project() -> ConvModule:
            return ConvModule(in_channels, inner, 1, conv_cfg=conv_cfg, act_cfg=None)

        self.g = project()
        self.conv_out = ConvModule(inner, in_channels, 1, conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=None)
        if mode != 'gaussian':
            self.theta, self.phi = project(), project()
        if mode == 'concatenation':
            self.concat_project = ConvModule(2 * inner, 1, 1, bias=False, conv_cfg=dict(type='Conv2d'))
        if sub_sample and pool_input:
            raise ValueError('sub_sample and pool_input of a non-local block exclude each other.')
        pool = {2: nn.MaxPool2d(2), 3: nn.MaxPool3d((1, 2, 2))}[self.dims]
        self.pool_input = pool if pool_input else None
        if sub_sample:
            self.g = nn.Sequential(self.g, pool)
            self.phi = pool if mode == 'gaussian' else nn.Sequential(self.phi, pool)
        self.init_weights()

    def init_weights(self) -> None:
        """Small projections, and an output of zero: the block starts as the identity (sec. 4.1)."""
        for name in ('g', 'theta', 'phi'):
            for m in getattr(self, name, nn.Identity()).modules():
                if isinstance(m, ConvModule):
                    nn.init.normal_(m.conv.weight, std=self.std)
                    nn.init.zeros_(m.conv.bias)
        last = self.conv_out.norm if self.conv_out.with_norm else self.conv_out.conv
        if self.zeros_init:
            nn.init.zeros_(last.weight)
        else:
            nn.init.normal_(last.weight, std=self.std)
        nn.init.zeros_(last.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, *S) -> (N, C, *S)."""
        pooled = x if self.pool_input is None else self.pool_input(x)
        g = self.g(pooled).flatten(2).mT  # (N, D, *S') -> (N, Q, D)
        embedded = self.mode != 'gaussian'
        theta = (self.theta(x) if embedded else x).flatten(2).mT  # (N, C, *S) -> (N, P, D)
        phi = (self.phi(pooled) if embedded or self.sub_sample else pooled).flatten(2).mT  # (N, Q, D)
        if self.mode == 'dot_product':
            y = attend_dot_product(theta, phi, g)
        elif self.mode == 'concatenation':
            y = attend_concatenation(theta, phi, g, self.concat_project.conv.weight.flatten())
        else:
            scaled = embedded and self.use_scale
            y = attend_softmax(theta, phi, g, scale=theta.shape[-1] ** -0.5 if scaled else 1.0)
        y = y.mT.unflatten(2, x.shape[2:])  # (N, P, D) -> (N, D, *S)
        return x + self.conv_out(y)


class NonLocal2d(_NonLocal):
    """Non-local block over an image.

    Args:
        in_channels: channels of input and output.
        sub_sample: whether keys and values are max-pooled by 2 in space.
        conv_cfg: layer of the projections. Default: Conv2d.
        reduction: input channels for one channel inside.
        use_scale: whether 'embedded_gaussian' divides by sqrt(channels inside).
        norm_cfg: norm after the output projection, or None.
        mode: 'gaussian', 'embedded_gaussian', 'dot_product' or 'concatenation'.
        std: standard deviation of the projections at the start.
        zeros_init: whether the block starts as the identity.
        pool_input: whether the input of keys and values is max-pooled, as in PySlowFast, in place of themselves.
    """

    dims = 2


class NonLocal3d(_NonLocal):
    """Non-local block over a clip. Arguments as of :class:`NonLocal2d`; sub-sampling leaves time alone."""

    dims = 3
