"""Recognizer that trains on several sources at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from mmengine.model import BaseModel
from torch import Tensor, nn

from mmaction.models.builder import build, build_backbone, build_head
from mmaction.models.options import PredictOptions, option
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample


@MODELS.register_module()
class RecognizerOmni(BaseModel):
    """A backbone and a head that take clips and images (Duan et al., 2020, https://arxiv.org/abs/2003.13042).

    A training step has one batch of each source; ``MultiLoaderEpochBasedTrainLoop`` makes such steps.

    Args:
        backbone: config of the backbone, or the module.
        cls_head: config of the head, or the module.
        data_preprocessor: config of the data preprocessor, or the module.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        cls_head: dict | nn.Module,
        data_preprocessor: dict | nn.Module | None = None,
    ) -> None:
        if data_preprocessor is None:
            data_preprocessor = dict(type='ActionDataPreprocessor', format_shape='MIX2d3d')
        super().__init__(data_preprocessor=build(data_preprocessor))
        self.backbone = build_backbone(backbone)
        self.cls_head = build_head(cls_head)

    def forward(
        self,
        *data_samples: Mapping[str, Any] | Tensor,
        mode: Literal['tensor', 'predict', 'loss'] = 'tensor',
        options: PredictOptions = PredictOptions(),
        **kwargs: Any,
    ) -> Any:
        """Run the model.

        Args:
            *data_samples: batches, each a dict with ``inputs`` and ``data_samples``; for ``'tensor'`` a tensor.
            mode: ``'loss'`` gives the losses of all batches, ``'predict'`` the data samples of one with their scores,
                ``'tensor'`` features, or class scores with ``stage='head'``.
            options: of the prediction, for ``'predict'``.
            **kwargs: ``inputs`` and ``data_samples`` of one batch, in place of the dict; for ``'tensor'`` also
                arguments of :meth:`extract_feat`.
        """
        if mode == 'tensor':
            inputs = kwargs.pop('inputs', None)
            kwargs.pop('data_samples', None)
            return self.extract_feat(data_samples[0] if inputs is None else inputs, **kwargs)
        batches = [kwargs] if kwargs else list(data_samples)
        if mode == 'loss':
            return self.loss(batches)
        if mode == 'predict':
            return self.predict(batches, **option(self.predict, 'options', options))
        raise ValueError(f"mode ({mode!r}) is not supported. Choose 'tensor', 'predict' or 'loss'.")

    def loss(self, data_samples: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Losses and accuracies of each batch; the names end with its number."""
        losses = {}
        for index, batch in enumerate(data_samples):
            feats = self.extract_feat(batch['inputs'])
            part = self.cls_head.loss(feats, batch['data_samples'])
            losses.update({f'{name}_{index}': value for name, value in part.items()})
        return losses

    def predict(
        self, data_samples: Sequence[Mapping[str, Any]], options: PredictOptions = PredictOptions()
    ) -> Sequence[ActionDataSample]:
        """Data samples of the one batch, with ``pred_score`` and ``pred_label``; all views go through at once."""
        if len(data_samples) != 1:
            raise ValueError(f'RecognizerOmni predicts one batch at a time, got {len(data_samples)}.')
        batch = data_samples[0]
        average = option(self.cls_head.predict, 'average_clips', options.average_clips)
        return self.cls_head.predict(self.extract_feat(batch['inputs']), batch['data_samples'], **average)

    def extract_feat(self, inputs: Tensor, stage: Literal['backbone', 'head'] = 'backbone') -> Tensor:
        """Features of the backbone, or class scores with ``stage='head'``.

        Args:
            inputs: images (N, 3, H, W), clips (N, 3, T, H, W), or clips of several views (N, V, 3, T, H, W).
            stage: last part to run.
        """
        if inputs.ndim not in (4, 5, 6):
            raise ValueError(
                f'inputs must be images (4 dimensions), clips (5) or views of clips (6), got {tuple(inputs.shape)}.'
            )
        if stage not in ('backbone', 'head'):
            raise ValueError(f"stage ({stage!r}) must be 'backbone' or 'head'.")
        feats = self.backbone(inputs.flatten(0, 1) if inputs.ndim == 6 else inputs)
        return self.cls_head(feats) if stage == 'head' else feats
