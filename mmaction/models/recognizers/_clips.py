"""Bases of the recognizers that run views through a backbone in chunks."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor

from mmaction.models.options import ViewLimit
from mmaction.models.recognizers._views import in_chunks
from mmaction.models.recognizers.base import BaseRecognizer, Feats, Stage, check_inputs
from mmaction.structures import ActionDataSample

HeadKeywords = dict[str, Any]


class StagedRecognizer(BaseRecognizer):
    """Checks the inputs, runs backbone and neck in :meth:`_run`, and the head if it is the stage.

    A subclass names the dimensions of its inputs, ``layout``, and defines :meth:`_run`.
    """

    layout: ClassVar[tuple[str, ...]]

    def extract_feat(
        self,
        inputs: Any,
        stage: Stage = 'neck',
        data_samples: Sequence[ActionDataSample] | None = None,
        test_mode: bool = False,
        views_at_once: ViewLimit = 'default',
    ) -> tuple[Feats, HeadKeywords]:
        """Features up to a stage, see :meth:`BaseRecognizer.extract_feat`; the class describes their shapes."""
        self._check(inputs, stage)
        head_kwargs = self._head_kwargs(test_mode)
        # Training has no limit: its batches fit, and a neck with a loss needs all views.
        limit = self._view_limit(inputs, test_mode, views_at_once)
        with_neck = self.with_neck and stage != 'backbone'
        x, more = self._run(inputs, limit, with_neck, data_samples, test_mode)
        return self._finish(x, stage, head_kwargs | more)

    def _check(self, inputs: Any, stage: Stage) -> None:
        check_inputs(inputs, stage, self.layout)

    @abstractmethod
    def _run(
        self,
        inputs: Any,
        limit: int | None,
        with_neck: bool,
        data_samples: Sequence[ActionDataSample] | None,
        test_mode: bool,
    ) -> tuple[Feats, HeadKeywords]:
        """Features, and further keywords of the head; at most ``limit`` views run at once."""


class ClipRecognizer(StagedRecognizer):
    """Runs the backbone over all clips of the batch at once; the head averages the clips of a sample.

    The first two dimensions of ``layout`` are the batch and the clips of a sample.

    Args:
        *args: arguments of :class:`BaseRecognizer`, like the keywords.
        **kwargs: see there. A ``neck`` is built, and runs only if a subclass overrides :meth:`extract_feat` to run it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.with_neck and type(self).extract_feat is ClipRecognizer.extract_feat:
            warnings.warn(
                f'{type(self).__name__} does not run its neck ({type(self.neck).__name__}): leave it out, or override '
                'extract_feat.',
                stacklevel=2,
            )

    def _run(self, inputs: Tensor, limit: int | None, *_: Any) -> tuple[Feats, HeadKeywords]:
        return in_chunks(self.backbone, inputs.flatten(0, 1), limit), {}
