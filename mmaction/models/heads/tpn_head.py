"""The head of TPN."""

from __future__ import annotations

from torch import Tensor

from mmaction.models.heads.tsn_head import TSNHead
from mmaction.registry import MODELS


@MODELS.register_module()
class TPNHead(TSNHead):
    """Averages over space and time, or over the frames of a sample, then classifies.

    Yang et al., 2020, https://arxiv.org/abs/2004.03548. Arguments as of :class:`TSNHead`.
    """

    def forward(self, x: Tensor, num_segs: int | None = None, fcn_test: bool = False) -> Tensor:
        """Classify.

        Args:
            x: (N, in_channels, T, H, W), T being gone where it was one.
            num_segs: entries of ``x`` a sample, which are averaged; None for one.
            fcn_test: classify every entry for itself. (A 1x1x1 convolution over maps of one pixel, as the paper's code
                has it, is the linear layer.)

        Returns:
            (N / num_segs, C), or (N, C).
        """
        x = self._pool(x)
        if fcn_test:
            return self.fc_cls(x)
        if num_segs is not None:
            x = self.consensus(x.unflatten(0, (-1, num_segs))).squeeze(1)  # (N, C) -> (N / s, C)
        return self.fc_cls(self._drop(x))
