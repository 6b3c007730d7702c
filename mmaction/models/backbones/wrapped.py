"""Base of the networks over clips that are made of one over images, some of whose layers are wrapped."""

from __future__ import annotations

from mmengine.logging import MMLogger

from mmaction.weights import Pretrained, RenameTable
from mmaction.weights.rename import State, with_wrappers


class WrappedNet(Pretrained):
    """Network whose ``pretrained`` is the network over images that it wraps if ``pretrained2d``, else its own."""

    pretrained2d: bool = True

    def load_original_weights(self, logger: MMLogger | None = None) -> None:
        """Load ``pretrained``, weights of a network over images, whose names lack those of the wrappers."""
        if self.pretrained:
            super().load_pretrained(self.pretrained)

    def load_pretrained(self, source: str) -> None:
        """Load the weights at ``source``; of a network over images through :meth:`load_original_weights`."""
        if self.pretrained2d:
            self.load_original_weights(MMLogger.get_current_instance())
        else:
            super().load_pretrained(source)

    def adapt(self, state: State, table: RenameTable | None) -> State:
        """Insert the names of the wrappers."""
        return with_wrappers(state, self)
