"""What stays fixed while a backbone trains: frozen stages, running statistics."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from mmaction.models.backbones.resnet.blocks import ResidualBlock
from mmaction.models.common.bricks import is_batch_norm


def freeze(modules: Iterable[nn.Module]) -> None:
    """Evaluation mode and no gradients."""
    for module in modules:
        module.eval()
        module.requires_grad_(False)


def batch_norms(module: nn.Module) -> list[nn.Module]:
    """The batch norms of a module, in the order of the forward pass."""
    return [m for m in module.modules() if is_batch_norm(m)]


def zero_residuals(module: nn.Module) -> None:
    """Zero the scale of the last norm of each residual block, so that every block starts as the identity."""
    for m in module.modules():
        if isinstance(m, ResidualBlock) and m.last_conv.norm is not None:
            nn.init.zeros_(m.last_conv.norm.weight)


class TrainingSwitches:
    """``train()`` of a backbone that keeps ``frozen_stages``, ``norm_eval`` and ``partial_bn`` as they were asked for.

    The class that mixes this in names its parts in :meth:`_stem_modules` and :meth:`_stage_modules` and calls
    :meth:`_apply_switches` at the end of its constructor: parameters that never train must be known before an
    optimiser or a distributed wrapper looks.
    """

    frozen_stages: int = -1
    norm_eval: bool = False
    partial_bn: bool = False

    def _stem_modules(self) -> list[nn.Module]:
        return [self.conv1]

    def _stage_modules(self, stage: int) -> list[nn.Module]:
        """Modules of stage 1, 2, ..."""
        return [getattr(self, f'layer{stage}')]

    def _freeze_stages(self) -> None:
        if self.frozen_stages >= 0:
            freeze(self._stem_modules())
        for stage in range(1, self.frozen_stages + 1):
            freeze(self._stage_modules(stage))

    def _freeze_partial_bn(self) -> None:
        """All batch norms but the first (Wang et al., 2016, TSN, sec. 3.2)."""
        freeze(batch_norms(self)[1:])

    def _apply_switches(self) -> None:
        self._freeze_stages()
        if self.norm_eval:
            for norm in batch_norms(self):
                norm.eval()
        if self.partial_bn:
            self._freeze_partial_bn()

    def train(self, mode: bool = True):
        """Training mode, but for what is frozen."""
        super().train(mode)
        if mode:
            self._apply_switches()
        return self


def check_frozen(frozen_stages: int, num_stages: int) -> None:
    """Raise where ``frozen_stages`` names a stage that is not there. -1: nothing; 0: the stem; n: also n stages."""
    if not -1 <= frozen_stages <= num_stages:
        raise ValueError(f'frozen_stages ({frozen_stages}) must be in -1..{num_stages}: -1 none, 0 the stem.')
