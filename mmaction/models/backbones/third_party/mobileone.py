"""MobileOne (Vasu et al., 2023, https://arxiv.org/abs/2206.04040): branches in training, one convolution after it.

Key names follow mmpretrain. A block in training form holds ``branch_norm`` (the identity), ``branch_scale`` (1x1)
and ``branch_conv_list``; in deployed form the one convolution ``branch_reparam`` that equals their sum.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmaction.models.backbones.freezing import TrainingSwitches
from mmaction.weights.rename import State

from ._pretrained import PretrainedBackbone, select_outputs


class _Arch(NamedTuple):
    """Per stage: width in units of (64, 128, 256, 512), parallel convolutions, blocks with squeeze-and-excitation."""

    widths: tuple[float, float, float, float]
    branches: int
    se_blocks: tuple[int, int, int, int]


_DEPTHS = (2, 8, 10, 1)
ARCHS: dict[str, _Arch] = {
    's0': _Arch((0.75, 1.0, 1.0, 2.0), 4, (0, 0, 0, 0)),
    's1': _Arch((1.5, 1.5, 2.0, 2.5), 1, (0, 0, 0, 0)),
    's2': _Arch((1.5, 2.0, 2.5, 4.0), 1, (0, 0, 0, 0)),
    's3': _Arch((2.0, 2.5, 3.0, 4.0), 1, (0, 0, 0, 0)),
    's4': _Arch((3.0, 3.5, 3.5, 4.0), 1, (0, 0, 5, 1)),
}


class _Geometry(NamedTuple):
    channels: int
    out: int
    kernel: int
    stride: int
    groups: int
    se: bool


def fuse_norm(weight: Tensor, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Weight and bias of the convolution that equals ``norm`` after a bias-free one, in double precision."""
    mean, variance = norm.get_buffer('running_mean').double(), norm.get_buffer('running_var').double()
    scale = norm.weight.double() / torch.sqrt(variance + norm.eps)
    return weight.double() * scale.view(-1, 1, 1, 1), norm.bias.double() - mean * scale


class _ConvNorm(nn.Sequential):
    """Convolution and norm, one branch of a block."""

    conv: nn.Conv2d
    norm: nn.BatchNorm2d

    def __init__(self, geometry: _Geometry, kernel: int) -> None:
        g = geometry
        conv = nn.Conv2d(g.channels, g.out, kernel, g.stride, kernel // 2, groups=g.groups, bias=False)
        super().__init__(OrderedDict(conv=conv, norm=nn.BatchNorm2d(g.out)))

    def fused(self) -> tuple[Tensor, Tensor]:
        return fuse_norm(self.conv.weight, self.norm)


class _SqueezeExcite(nn.Module):
    def __init__(self, channels: int, ratio: int = 16) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(OrderedDict(conv=nn.Conv2d(channels, channels // ratio, 1), activate=nn.ReLU()))
        self.conv2 = nn.Sequential(OrderedDict(conv=nn.Conv2d(channels // ratio, channels, 1), activate=nn.Sigmoid()))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.conv2(self.conv1(F.adaptive_avg_pool2d(x, 1)))


class MobileOneBlock(nn.Module):
    """Convolution, expressed as a sum of branches during training.

    In deployed form it also loads a state dict of the training form, whose branches it merges.

    Args:
        channels: input channels.
        out: output channels.
        kernel: side of the kernel, odd.
        stride: stride.
        groups: groups of the convolution.
        branches: parallel convolutions of full size.
        se: squeeze-and-excitation after the sum.
        deploy: start in deployed form.

    Shape:
        (N, channels, H, W) -> (N, out, H/stride, W/stride).
    """

    def __init__(
        self,
        channels: int,
        out: int,
        kernel: int,
        *,
        stride: int = 1,
        groups: int = 1,
        branches: int = 1,
        se: bool = False,
        deploy: bool = False,
    ) -> None:
        super().__init__()
        self._geometry = geometry = _Geometry(channels, out, kernel, stride, groups, se)
        self.deploy = deploy
        self.se = _SqueezeExcite(out) if se else nn.Identity()
        if deploy:
            self.branch_reparam = self._merged_conv()
        else:
            self.branch_norm = nn.BatchNorm2d(channels) if channels == out and stride == 1 else None
            self.branch_scale = _ConvNorm(geometry, 1) if kernel > 1 else None
            self.branch_conv_list = nn.ModuleList(_ConvNorm(geometry, kernel) for _ in range(branches))
        self.register_load_state_dict_pre_hook(_merge_on_load)

    def _merged_conv(self) -> nn.Conv2d:
        g = self._geometry
        return nn.Conv2d(g.channels, g.out, g.kernel, g.stride, g.kernel // 2, groups=g.groups)

    def forward(self, x: Tensor) -> Tensor:
        if self.deploy:
            out = self.branch_reparam(x)
        else:
            # The order of the sum is that of mmpretrain: a deep network of large values amplifies its rounding errors.
            branches = [b for b in (self.branch_norm, self.branch_scale, *self.branch_conv_list) if b is not None]
            out = branches[0](x)
            for branch in branches[1:]:
                out += branch(x)
        return F.relu(self.se(out))

    @torch.no_grad()
    def merged(self) -> tuple[Tensor, Tensor]:
        """Weight and bias of the one convolution that equals all branches in eval mode."""
        branches = [branch for branch in self.branch_conv_list if isinstance(branch, _ConvNorm)]
        parts = [branch.fused() for branch in branches]
        margin = (self._geometry.kernel // 2,) * 4  # from a 1x1 kernel to a full one
        if self.branch_scale is not None:
            weight, bias = self.branch_scale.fused()
            parts.append((F.pad(weight, margin), bias))
        if self.branch_norm is not None:
            channels, groups = self._geometry.channels, self._geometry.groups
            identity = torch.eye(channels // groups, device=self.branch_norm.weight.device).repeat(groups, 1)
            weight, bias = fuse_norm(identity[:, :, None, None], self.branch_norm)
            parts.append((F.pad(weight, margin), bias))
        weights, biases = zip(*parts)
        like = branches[0].conv.weight
        return torch.stack(weights).sum(0).to(like), torch.stack(biases).sum(0).to(like)

    def switch_to_deploy(self) -> None:
        """Replace the branches by the convolution that equals them; a second call has no effect."""
        if self.deploy:
            return
        weight, bias = self.merged()
        self.branch_reparam = self._merged_conv().to(weight)
        self.branch_reparam.load_state_dict(dict(weight=weight, bias=bias))
        del self.branch_norm, self.branch_scale, self.branch_conv_list
        self.deploy = True


def _merge_on_load(block: MobileOneBlock, state: State, prefix: str, *_: Any) -> None:
    """Convert the entries of the training form into those of the deployed form if the block is deployed."""
    if not block.deploy or f'{prefix}branch_conv_list.0.conv.weight' not in state:
        return
    found = {key[len(prefix) :]: value for key, value in state.items() if key.startswith(prefix)}
    branches = len({key.split('.')[1] for key in found if key.startswith('branch_conv_list.')})
    channels, out, kernel, stride, groups, se = block._geometry
    twin = MobileOneBlock(channels, out, kernel, stride=stride, groups=groups, branches=branches, se=se)
    twin.load_state_dict(found)
    weight, bias = twin.merged()
    for key in found:
        if key.startswith('branch_'):
            del state[prefix + key]
    state[f'{prefix}branch_reparam.weight'], state[f'{prefix}branch_reparam.bias'] = weight, bias


class MobileOne(TrainingSwitches, PretrainedBackbone):
    """MobileOne without its classifier.

    Args:
        arch: ``s0`` to ``s4``.
        in_channels: channels of the input.
        out_indices: stages 0 to 3 (the stem is not counted) whose output is returned.
        frozen_stages: number of stages that are frozen together with the stem; -1 freezes nothing.
        deploy: build the deployed form. It loads checkpoints of either form.
        norm_eval: keep the statistics of batch norms fixed while training.
        init_cfg: see :class:`PretrainedBackbone`.

    Shape:
        (N, 3, H, W) -> (N, C, H/32, W/32), or a tuple for several ``out_indices``.
    """

    classifier = ('head.',)
    stem_names = ('stage0',)

    def __init__(
        self,
        arch: str,
        in_channels: int = 3,
        out_indices: tuple[int, ...] = (3,),
        frozen_stages: int = -1,
        *,
        deploy: bool = False,
        norm_eval: bool = False,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        if arch not in ARCHS:
            raise ValueError(f'arch ({arch!r}) must be one of {", ".join(ARCHS)}.')
        out_indices = (out_indices,) if isinstance(out_indices, int) else tuple(i % 4 for i in out_indices)
        self.arch = arch
        self.out_indices = out_indices
        self.frozen_stages = frozen_stages
        self.deploy = deploy
        self.norm_eval = norm_eval

        widths, branches, se_blocks = ARCHS[arch]
        planes = [int(base * width) for base, width in zip((64, 128, 256, 512), widths)]
        channels = min(64, planes[0])
        self.stage0: nn.Module = MobileOneBlock(in_channels, channels, 3, stride=2, branches=branches, deploy=deploy)
        for i, (out, depth, num_se) in enumerate(zip(planes, _DEPTHS, se_blocks), start=1):
            blocks = []
            for j in range(depth):
                block = partial(MobileOneBlock, branches=branches, se=j >= depth - num_se, deploy=deploy)
                blocks.append(block(channels, channels, 3, stride=2 if j == 0 else 1, groups=channels))
                blocks.append(block(channels, out, 1))
                channels = out
            setattr(self, f'stage{i}', nn.Sequential(*blocks))
        self.out_channels = channels

    def _stages(self) -> list[nn.Module]:
        return [getattr(self, f'stage{i}') for i in range(5)]

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        stem, *stages = self._stages()
        x = stem(x)
        outs = []
        for i, stage in enumerate(stages):
            x = stage(x)
            if i in self.out_indices:
                outs.append(x)
        return select_outputs(outs)

    def _stage_modules(self, stage: int) -> list[nn.Module]:
        return [self._stages()[stage]]

    def switch_to_deploy(self) -> None:
        """Merge every block's branches, in place; outputs in eval mode stay the same."""
        for module in self.modules():
            if isinstance(module, MobileOneBlock):
                module.switch_to_deploy()
        self.deploy = True
