"""Parts of a backbone that stay fixed while it trains: frozen stages, running statistics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from mmengine.model import BaseModule
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

if TYPE_CHECKING:
    from typing_extensions import Self


def freeze(modules: Iterable[nn.Module]) -> None:
    """Switch modules to evaluation mode and drop their gradients."""
    for module in modules:
        module.eval()
        module.requires_grad_(False)


def batch_norms(module: nn.Module) -> list[_BatchNorm]:
    """The batch norms of a module, in the order of the forward pass."""
    return [m for m in module.modules() if isinstance(m, _BatchNorm)]


def check_frozen(frozen_stages: int, num_stages: int) -> None:
    """Raise ValueError if ``frozen_stages`` is neither -1 (none), 0 (the stem) nor a number of existing stages."""
    if not -1 <= frozen_stages <= num_stages:
        raise ValueError(f'frozen_stages ({frozen_stages}) must be in -1..{num_stages}: -1 none, 0 the stem.')


class TrainingSwitches(BaseModule):
    """Backbone whose ``train()`` respects ``frozen_stages``, ``norm_eval`` and ``partial_bn``.

    A subclass names its stem in ``stem_names`` and calls its stages ``layer1``, ``layer2``, ..., or overrides
    :meth:`_stem_modules` and :meth:`_stage_modules`.
    """

    stem_names: ClassVar[tuple[str, ...]] = ('conv1',)

    frozen_stages: int = -1
    norm_eval: bool = False
    partial_bn: bool = False

    def _stem_modules(self) -> list[nn.Module]:
        return [getattr(self, name) for name in self.stem_names]

    def _stage_modules(self, stage: int) -> list[nn.Module]:
        """Modules of stage 1, 2, ..."""
        return [getattr(self, f'layer{stage}')]

    def _freeze_stages(self) -> None:
        if self.frozen_stages >= 0:
            freeze(self._stem_modules())
        for stage in range(1, self.frozen_stages + 1):
            freeze(self._stage_modules(stage))

    def _partial_bn(self) -> None:
        """Freeze all batch norms but the first (Wang et al., 2016, TSN, sec. 3.2)."""
        freeze(batch_norms(self)[1:])

    def train(self, mode: bool = True) -> Self:
        """Switch to training mode, except for the frozen parts.

        The constructor freezes nothing: an override of ``_freeze_stages`` may read what the subclass sets after it.
        Recognizers call this method once all parts are built, so that an optimizer or a distributed wrapper finds the
        parameters that never train without gradients.
        """
        super().train(mode)
        self._freeze_stages()
        if mode and self.norm_eval:
            for norm in batch_norms(self):
                norm.eval()
        if mode and self.partial_bn:
            self._partial_bn()
        return self
