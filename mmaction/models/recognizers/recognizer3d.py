"""Recognizer of videos as clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from mmaction.models.options import ViewLimit
from mmaction.models.recognizers._views import in_chunks
from mmaction.models.recognizers.base import BaseRecognizer, Feats, Stage, check_inputs
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

LAYOUT = ('batch', 'crops * clips', 'channels', 'time', 'height', 'width')


@MODELS.register_module()
class Recognizer3D(BaseRecognizer):
    """Runs a 3D backbone over all clips of the batch at once; the head averages the clips of a sample."""

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
            inputs: (N, V, C, T, H, W), V views (clips x crops) a sample.
            stage: last part to run: ``'backbone'`` (N * V, C', T', H', W'), ``'neck'`` or ``'head'`` (logits).
            data_samples: labels, for a neck with a loss of its own.
            test_mode: whether ``test_cfg`` applies.
            views_at_once: upper limit of the views in one pass through the backbone; see :class:`PredictOptions`.

        Returns:
            The output of the stage, and the arguments of the head: ``fcn_test``; with a neck also ``loss_aux``, its
            losses.
        """
        check_inputs(inputs, stage, LAYOUT)
        kwargs = self._head_kwargs(test_mode)
        views = inputs.flatten(0, 1)  # (N, V, C, T, H, W) -> (N * V, C, T, H, W)
        limit = self._view_limit(test_mode, views_at_once)
        if stage != 'backbone' and self.with_neck:
            if test_mode:
                x = in_chunks(lambda part: self.neck(self.backbone(part))[0], views, limit)
            else:
                x, kwargs['loss_aux'] = self.neck(self.backbone(views), data_samples=data_samples)
        else:
            x = in_chunks(self.backbone, views, limit)
        return (self._run_head(x, kwargs), kwargs) if stage == 'head' else (x, kwargs)
