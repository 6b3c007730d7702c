"""Recognizer of several modalities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from mmaction.models.options import PredictOptions
from mmaction.models.recognizers._clips import HeadKeywords, StagedRecognizer
from mmaction.models.recognizers._views import join
from mmaction.models.recognizers.base import Feats, Stage
from mmaction.models.recognizers.recognizer3d import LAYOUT
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample


@MODELS.register_module()
class MMRecognizer3D(StagedRecognizer):
    """A backbone over the clips of several modalities at once; the head averages the clips of a sample.

    The inputs are a dict by modality, made by ``PackActionInputs(collect_keys=...)`` and
    ``MultiModalDataPreprocessor``; its keys are the arguments of the backbone. Each modality is
    (N, V, C, T, H, W), with the same V views (clips x crops) per sample. A neck is not run.
    """

    layout = LAYOUT

    def _check(self, inputs: dict[str, Tensor], stage: Stage) -> None:
        if not isinstance(inputs, dict) or not inputs:
            raise TypeError(
                f'MMRecognizer3D takes a dict of tensors by modality, got {type(inputs).__name__}. '
                'Does PackActionInputs have collect_keys?'
            )
        for clips in inputs.values():
            super()._check(clips, stage)
        leading = {name: tuple(clips.shape[:2]) for name, clips in inputs.items()}
        if len(set(leading.values())) > 1:
            raise ValueError(f'The modalities must have the same samples and views, got {leading}.')

    def _run(self, inputs: dict[str, Tensor], limit: int | None, *_: Any) -> tuple[Feats, HeadKeywords]:
        views = {name: clips.flatten(0, 1) for name, clips in inputs.items()}  # (N, V, ...) -> (N * V, ...)
        count = len(next(iter(views.values())))
        size = limit or count
        parts = []
        for start in range(0, count, size):
            chunk = {name: clips[start : start + size] for name, clips in views.items()}
            parts.append(self.backbone(**chunk))
        return join(parts), {}

    def predict(
        self,
        inputs: dict[str, Tensor],
        data_samples: Sequence[ActionDataSample] | None = None,
        options: PredictOptions = PredictOptions(),
        **kwargs: Any,
    ) -> Any:
        """Predict the class scores of a batch, see :meth:`BaseRecognizer.predict`."""
        if data_samples is None and isinstance(inputs, dict) and inputs:
            data_samples = [ActionDataSample() for _ in range(len(next(iter(inputs.values()))))]
        return super().predict(inputs, data_samples, options, **kwargs)
