"""Base of the recognizers that run the head right after the backbone."""

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
        *args: arguments of :class:`BaseRecognizer`, like the keywords.
        **kwargs: ``neck`` must be None, unless a subclass overrides :meth:`extract_feat` to run it.
    """

    layout: ClassVar[tuple[str, ...]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.with_neck and type(self).extract_feat is ClipRecognizer.extract_feat:
            name = type(self).__name__
            raise ValueError(f'{name} has no place for a neck, got {type(self.neck).__name__}. Leave it out.')

    def extract_feat(
        self,
        inputs: Tensor,
        stage: Stage = 'neck',
        data_samples: Sequence[ActionDataSample] | None = None,
        test_mode: bool = False,
        views_at_once: ViewLimit = 'default',
    ) -> tuple[Feats, dict[str, Any]]:
        """Features up to a stage, see :meth:`BaseRecognizer.extract_feat`: (N, clips, ...) -> (N * clips, ...)."""
        check_inputs(inputs, stage, self.layout)
        x = in_chunks(self.backbone, inputs.flatten(0, 1), self._view_limit(test_mode, views_at_once))
        return self._finish(x, stage, {})
