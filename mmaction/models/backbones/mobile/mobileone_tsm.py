"""MobileOne whose blocks see neighboring frames (TSM; Lin et al., 2019, https://arxiv.org/abs/1811.08383)."""

from __future__ import annotations

from typing import Any

from mmengine.logging import MMLogger
from torch import nn

from mmaction.models.backbones.third_party.mobileone import MobileOne
from mmaction.models.common.temporal_shift import TemporalShift
from mmaction.registry import MODELS
from mmaction.weights import RenameTable
from mmaction.weights.rename import KEEP, State

# A shifted block keeps its weights one level deeper than the block of an image network. Not by `with_wrappers`: the
# names may be those of the training form, which a deployed network does not have.
_TO_SHIFTED = RenameTable(
    source='MobileOne of images',
    mark=r'^stage0\.',
    rules=((r'(stage0|stage\d+\.\d+)\.(?!net\.)(.+)', r'\1.net.\2'), *KEEP),
)


@MODELS.register_module()
class MobileOneTSM(MobileOne):
    """MobileOne with a temporal shift before every block.

    Args:
        arch: ``s0`` to ``s4``.
        num_segments: frames per clip.
        is_shift: whether to shift; False: plain MobileOne.
        shift_div: a fraction ``1 / shift_div`` of the channels moves each way.
        pretrained2d: whether the pretrained weights are of an image network (``init_cfg`` of type ``Pretrained``).
        **kwargs: arguments of :class:`MobileOne`, e.g. ``deploy``.

    Shape:
        (N * num_segments, 3, H, W) -> (N * num_segments, C, H/32, W/32).
    """

    def __init__(
        self,
        arch: str,
        num_segments: int = 8,
        is_shift: bool = True,
        shift_div: int = 8,
        pretrained2d: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(arch, **kwargs)
        self.num_segments = num_segments
        self.is_shift = is_shift
        self.shift_div = shift_div
        self.pretrained2d = pretrained2d
        self.init_structure()

    def init_structure(self) -> None:
        """Insert the shifts if ``is_shift``."""
        if self.is_shift:
            self.make_temporal_shift()

    def make_temporal_shift(self) -> None:
        """Wrap each block; its weights move to ``<block>.net``."""
        self.stage0 = self._shifted(self.stage0)
        for stage in self._stages()[1:]:
            assert isinstance(stage, nn.Sequential)
            for i, block in enumerate(stage):
                stage[i] = self._shifted(block)

    def _shifted(self, block: nn.Module) -> TemporalShift:
        return TemporalShift(block, num_segments=self.num_segments, shift_div=self.shift_div)

    def load_pretrained(self, source: str) -> None:
        """Load the weights at ``source``; of a network over images through :meth:`load_original_weights`."""
        if self.pretrained2d:
            self.load_original_weights(MMLogger.get_current_instance())
        else:
            super().load_pretrained(source)

    def load_original_weights(self, logger: MMLogger | None = None) -> None:
        """Load ``pretrained``, weights of a network over images."""
        if self.pretrained:
            super().load_pretrained(self.pretrained)

    def adapt(self, state: State, table: RenameTable | None) -> State:
        """Insert the names of the shifts into those of an image network."""
        return _TO_SHIFTED.apply(state) if self.pretrained2d and self.is_shift else state
