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
    """A 3D backbone over all clips of the batch at once; the head averages the clips of a sample."""

    def extract_feat(
        self,
        inputs: Tensor,
        stage: Stage = 'neck',
        data_samples: Sequence[ActionDataSample] | None = None,
        test_mode: bool = False,
        views_at_once: ViewLimit = 'default',
    ) -> tuple[Feats, dict[str, Any]]:
        """Features up to a stage, see :meth:`BaseRecognizer.extract_feat`.

        ``inputs`` is (N, V, C, T, H, W), V views (clips x crops) per sample; the backbone returns
        (N * V, C', T', H', W').
        """
        check_inputs(inputs, stage, LAYOUT)
        head_kwargs = self._head_kwargs(test_mode)
        views = inputs.flatten(0, 1)  # (N, V, C, T, H, W) -> (N * V, C, T, H, W)
        limit = self._view_limit(test_mode, views_at_once)
        if stage == 'backbone' or not self.with_neck:
            x = in_chunks(self.backbone, views, limit)
        elif test_mode:
            x = in_chunks(lambda part: self.neck(self.backbone(part))[0], views, limit)
        else:
            x, head_kwargs['loss_aux'] = self.neck(self.backbone(views), data_samples=data_samples)
        return self._finish(x, stage, head_kwargs)
