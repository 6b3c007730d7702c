"""Recognizer of several modalities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from mmaction.models.options import PredictOptions, ViewLimit
from mmaction.models.recognizers._views import join
from mmaction.models.recognizers.base import BaseRecognizer, Feats, Stage, check_inputs
from mmaction.models.recognizers.recognizer3d import LAYOUT
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample


@MODELS.register_module()
class MMRecognizer3D(BaseRecognizer):
    """A backbone over the clips of several modalities at once; the head averages the clips of a sample.

    The inputs are a dict by modality, made by ``PackActionInputs(collect_keys=...)`` and
    ``MultiModalDataPreprocessor``; its keys are the arguments of the backbone.
    """

    def extract_feat(
        self,
        inputs: dict[str, Tensor],
        stage: Stage = 'neck',
        data_samples: Sequence[ActionDataSample] | None = None,
        test_mode: bool = False,
        views_at_once: ViewLimit = 'default',
    ) -> tuple[Feats, dict[str, Any]]:
        """Features up to a stage, see :meth:`BaseRecognizer.extract_feat`; a neck is not run.

        ``inputs`` has (N, V, C, T, H, W) per modality, V views (clips x crops) per sample, the same for all.
        """
        if not isinstance(inputs, dict) or not inputs:
            raise TypeError(
                f'MMRecognizer3D takes a dict of tensors by modality, got {type(inputs).__name__}. '
                'Does PackActionInputs have collect_keys?'
            )
        for clips in inputs.values():
            check_inputs(clips, stage, LAYOUT)
        leading = {name: tuple(clips.shape[:2]) for name, clips in inputs.items()}
        if len(set(leading.values())) > 1:
            raise ValueError(f'The modalities must have the same samples and views, got {leading}.')
        views = {name: clips.flatten(0, 1) for name, clips in inputs.items()}  # (N, V, ...) -> (N * V, ...)
        limit = self._view_limit(test_mode, views_at_once)
        return self._finish(self._run_backbone(views, limit), stage, self._head_kwargs(test_mode))

    def _run_backbone(self, views: dict[str, Tensor], size: int | None) -> Feats:
        count = len(next(iter(views.values())))
        if size is None or count <= size:
            return self.backbone(**views)
        parts = []
        for start in range(0, count, size):
            chunk = {name: clips[start : start + size] for name, clips in views.items()}
            parts.append(self.backbone(**chunk))
        return join(parts)

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
