"""Recognizer of videos as clips."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from mmaction.models.recognizers._clips import HeadKeywords, StagedRecognizer
from mmaction.models.recognizers._views import in_chunks
from mmaction.models.recognizers.base import Feats, Stage
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

__all__ = ['LAYOUT', 'Feats', 'Recognizer3D', 'Stage']

LAYOUT = ('batch', 'crops * clips', 'channels', 'time', 'height', 'width')


@MODELS.register_module()
class Recognizer3D(StagedRecognizer):
    """A 3D backbone over all clips of the batch at once; the head averages the clips of a sample.

    Takes (N, V, C, T, H, W), V views (clips x crops) per sample; the backbone returns (N * V, C', T', H', W').
    """

    layout = LAYOUT

    def _run(
        self,
        inputs: Tensor,
        limit: int | None,
        with_neck: bool,
        data_samples: Sequence[ActionDataSample] | None,
        test_mode: bool,
    ) -> tuple[Feats, HeadKeywords]:
        views = inputs.flatten(0, 1)  # (N, V, C, T, H, W) -> (N * V, C, T, H, W)
        if not with_neck:
            return in_chunks(self.backbone, views, limit), {}
        if test_mode:
            return in_chunks(lambda part: self.neck(self.backbone(part))[0], views, limit), {}
        x, loss_aux = self.neck(self.backbone(views), data_samples=data_samples)
        return x, {'loss_aux': loss_aux}
