"""Base of the recognizers that have nothing between the backbone and the head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor

from mmaction.models.options import ViewLimit
from mmaction.models.recognizers._views import in_chunks
from mmaction.models.recognizers.base import BaseRecognizer, Feats, Stage, check_inputs
from mmaction.structures import ActionDataSample


class ClipRecognizer(BaseRecognizer):
    """Runs the backbone over all clips of the batch at once; the head averages the clips of a sample.

    A subclass names the dimensions of its inputs, ``layout``: the batch, the clips of a sample, those of a clip.

    Args:
        *args: of :class:`BaseRecognizer`, like the keywords.
        **kwargs: ``neck`` must be None.
    """

    layout: ClassVar[tuple[str, ...]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.with_neck:
            name, neck = type(self).__name__, type(self.neck).__name__
            raise ValueError(f'{name} has no place for a neck, got {neck}. Leave it out.')

    def extract_feat(
        self,
        inputs: Tensor,
        stage: Stage = 'backbone',
        data_samples: Sequence[ActionDataSample] | None = None,
        test_mode: bool = False,
        views_at_once: ViewLimit = 'default',
    ) -> tuple[Feats, dict[str, Any]]:
        """Features up to a stage.

        Args:
            inputs: (N, clips, ...), as the class says.
            stage: last part to run: ``'backbone'`` (N * clips, ...), ``'neck'``, of which there is none and which
                gives the same, or ``'head'`` (logits).
            data_samples: as for every recognizer; nothing here depends on them.
            test_mode: whether ``test_cfg`` applies.
            views_at_once: upper limit of the views in one pass through the backbone; see :class:`PredictOptions`.

        Returns:
            The output of the stage, and the arguments of the head: none.
        """
        check_inputs(inputs, stage, self.layout)
        limit = self._view_limit(test_mode, views_at_once)
        x = in_chunks(self.backbone, inputs.flatten(0, 1), limit)  # (N, clips, ...) -> (N * clips, ...)
        return (self._run_head(x, {}) if stage == 'head' else x), {}
