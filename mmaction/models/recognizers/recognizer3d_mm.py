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
    """Runs a backbone over the clips of several modalities at once; the head averages the clips of a sample.

    The inputs are a dict by modality, as ``PackActionInputs(collect_keys=...)`` and ``MultiModalDataPreprocessor``
    make them; its keys are the arguments of the backbone.
    """

    def extract_feat(
        self,
        inputs: dict[str, Tensor],
        stage: Stage = 'backbone',
        data_samples: Sequence[ActionDataSample] | None = None,
        test_mode: bool = False,
        views_at_once: ViewLimit = 'default',
    ) -> tuple[Feats, dict[str, Any]]:
        """Features up to a stage.

        Args:
            inputs: modality -> (N, V, C, T, H, W), V views (clips x crops) a sample; V is that of all modalities.
            stage: last part to run: ``'backbone'``, ``'neck'`` (the same: there is none) or ``'head'`` (logits).
            data_samples: not looked at.
            test_mode: whether ``test_cfg`` applies.
            views_at_once: upper limit of the views in one pass through the backbone; see :class:`PredictOptions`.

        Returns:
            The output of the stage, and the arguments of the head.
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
        kwargs = self._head_kwargs(test_mode)
        views = {name: clips.flatten(0, 1) for name, clips in inputs.items()}  # (N, V, ...) -> (N * V, ...)
        size = self._view_limit(test_mode, views_at_once)
        count = len(next(iter(views.values())))
        if size is None or count <= size:
            x = self.backbone(**views)
        else:
            chunks = (
                {name: clips[start : start + size] for name, clips in views.items()} for start in range(0, count, size)
            )
            x = join([self.backbone(**chunk) for chunk in chunks])
        return (self._run_head(x, kwargs), kwargs) if stage == 'head' else (x, kwargs)

    def predict(
        self,
        inputs: dict[str, Tensor],  # type: ignore[override]
        data_samples: Sequence[ActionDataSample] | None = None,
        options: PredictOptions = PredictOptions(),
    ) -> Any:
        """Predict the class scores of a batch: see :meth:`BaseRecognizer.predict`."""
        if data_samples is None and isinstance(inputs, dict) and inputs:
            data_samples = [ActionDataSample() for _ in range(len(next(iter(inputs.values()))))]
        return super().predict(inputs, data_samples, options)
