"""Non-local blocks over images and clips (Wang et al., 2018, https://arxiv.org/abs/1711.07971).

Legend: N batch, C channels, D inner channels, P positions (H*W or T*H*W), Q positions after subsampling.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, get_args

import mmcv.cnn
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.common.bricks import Config, fill_bias
from mmaction.models.common.conv_module import ConvModule
from mmaction.models.common.packed_conv import layer_by_layer
from mmaction.utils.check import pick

Mode = Literal['gaussian', 'embedded_gaussian', 'dot_product', 'concatenation']


def rounding_for(non_local_cfg: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Context for a network with non-local blocks: in the mode 'gaussian' its layers run one by one, as in training.

    That mode compares features as they are, without a scale. Their products are so large that the softmax passes on
    a hundred times the rounding of the layers before it.

    Args:
        non_local_cfg: keywords of the blocks.
    """
    if non_local_cfg.get('mode') == 'gaussian' and not torch.compiler.is_compiling():
        return layer_by_layer()
    return nullcontext()


def attend_softmax(theta: Tensor, phi: Tensor, g: Tensor, scale: float) -> Tensor:
    """softmax(scale * theta phi^T) g. theta (N, P, D), phi (N, Q, D), g (N, Q, E) -> (N, P, E)."""
    return F.scaled_dot_product_attention(theta, phi, g, scale=scale)


def attend_dot_product(theta: Tensor, phi: Tensor, g: Tensor) -> Tensor:
    """(theta phi^T / Q) g, multiplied in the cheaper order. For shapes see :func:`attend_softmax`."""
    p, d = theta.shape[1:]
    q, e = g.shape[1:]
    if d * e * (p + q) < p * q * (d + e):
        return theta @ (phi.mT @ (g / q))
    return (theta @ phi.mT / q) @ g


def attend_concatenation(theta: Tensor, phi: Tensor, g: Tensor, weight: Tensor) -> Tensor:
    """(relu(w [theta_i, phi_j]) / Q) g with w (2D,). For shapes see :func:`attend_softmax`.

    w [theta_i, phi_j] is a sum of one number per position, so the features of a pair are never concatenated.
    """
    left, right = weight.split(theta.shape[-1])
    pairs = (theta @ left)[:, :, None] + (phi @ right)[:, None, :]  # (N, P, Q)
    return (pairs.relu() / g.shape[1]) @ g


class _NonLocal(nn.Module):
    """x + conv_out(attention(theta(x), phi(x), g(x)))."""

    dims: int
    theta: nn.Module
    phi: nn.Module
    g: nn.Module
    concat_project: ConvModule

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
        self.mode = pick(get_args(Mode), mode, 'mode')
        self.in_channels = in_channels
        self.sub_sample = sub_sample
        self.reduction = reduction
        self.inter_channels = inner = max(in_channels // reduction, 1)
        self.use_scale = use_scale
        self.std = std
        self.zeros_init = zeros_init
        conv_cfg = conv_cfg or dict(type=f'Conv{self.dims}d')

        def project() -> ConvModule:
            return ConvModule(in_channels, inner, 1, conv_cfg=conv_cfg, act_cfg=None)

        self.g = project()
        self.conv_out = ConvModule(inner, in_channels, 1, conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=None)
        # Without an embedding, theta and phi have no parameters: the features themselves are compared.
        self.theta = nn.Identity() if mode == 'gaussian' else project()
        self.phi = nn.Identity() if mode == 'gaussian' else project()
        if mode == 'concatenation':
            self.concat_project = ConvModule(2 * inner, 1, 1, bias=False, conv_cfg=dict(type='Conv2d'))
        if sub_sample and pool_input:
            raise ValueError('sub_sample and pool_input of a non-local block exclude each other.')
        pool: nn.Module = nn.MaxPool2d(2) if self.dims == 2 else nn.MaxPool3d((1, 2, 2))
        self.pool_input = pool if pool_input else nn.Identity()
        if sub_sample:
            # The pooling follows the projections, as in mmcv, whose keys are g.0.* and phi.0.*.
            self.g = nn.Sequential(self.g, pool)
            self.phi = nn.Sequential(self.phi, pool)
        self.init_weights()

    def init_weights(self) -> None:
        """Initialize small projections and an output of zero: the block starts as the identity (sec. 4.1)."""
        for name in ('g', 'theta', 'phi'):
            for m in self.get_submodule(name).modules():
                if isinstance(m, ConvModule):
                    nn.init.normal_(m.conv.get_parameter('weight'), std=self.std)
                    fill_bias(m.conv)
        last = self.conv_out.norm or self.conv_out.conv
        weight = last.get_parameter('weight')
        if self.zeros_init:
            nn.init.zeros_(weight)
        else:
            nn.init.normal_(weight, std=self.std)
        fill_bias(last)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, *S) -> (N, C, *S)."""
        pooled = self.pool_input(x)
        g = self.g(pooled).flatten(2).mT  # (N, D, *S') -> (N, Q, D)
        theta = self.theta(x).flatten(2).mT  # (N, D, *S) -> (N, P, D)
        phi = self.phi(pooled).flatten(2).mT  # (N, D, *S') -> (N, Q, D)
        if self.mode == 'dot_product':
            y = attend_dot_product(theta, phi, g)
        elif self.mode == 'concatenation':
            y = attend_concatenation(theta, phi, g, self.concat_project.conv.get_parameter('weight').flatten())
        else:
            # The plain Gaussian (eq. 2) compares the features themselves and has no scale.
            is_scaled = self.mode == 'embedded_gaussian' and self.use_scale
            y = attend_softmax(theta, phi, g, scale=theta.shape[-1] ** -0.5 if is_scaled else 1.0)
        y = y.mT.unflatten(2, x.shape[2:])  # (N, P, D) -> (N, D, *S)
        return x + self.conv_out(y)


class NonLocal2d(_NonLocal):
    """Non-local block over an image.

    Args:
        in_channels: channels of input and output.
        sub_sample: whether keys and values are max-pooled by 2 in space.
        conv_cfg: layer of the projections. Default: Conv2d.
        reduction: ratio of the input channels to the inner ones.
        use_scale: whether 'embedded_gaussian' divides by the square root of the inner channels.
        norm_cfg: norm after the output projection, or None.
        mode: 'gaussian', 'embedded_gaussian', 'dot_product' or 'concatenation'.
        std: initial standard deviation of the projections.
        zeros_init: whether the block starts as the identity.
        pool_input: whether to max-pool the input of keys and values, as in PySlowFast, in place of keys and values.
    """

    dims = 2


class NonLocal3d(_NonLocal):
    """Non-local block over a clip. Its arguments are those of :class:`NonLocal2d`; time is not subsampled."""

    dims = 3


# To mmcv's base class ours are of its kind: `isinstance` is how users find these blocks. They share no code with it.
mmcv.cnn.NonLocal2d.register(NonLocal2d)
mmcv.cnn.NonLocal3d.register(NonLocal3d)
