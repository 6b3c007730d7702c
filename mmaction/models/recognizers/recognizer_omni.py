"""Recognizer that trains on several sources at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from torch import Tensor, nn

from mmaction.models.base import Mode, Model, build
from mmaction.models.heads.base import BaseHead
from mmaction.models.options import PredictOptions, option
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.utils.check import pick

Stage = Literal['backbone', 'neck', 'head']


@MODELS.register_module()
class RecognizerOmni(Model):
    """A backbone and a head for clips and images (Duan et al., 2020, https://arxiv.org/abs/2003.13042).

    A training step has one batch from each source; ``MultiLoaderEpochBasedTrainLoop`` makes such steps.

    Args:
        backbone: config of the backbone, or the module.
        cls_head: config of the head, or the module.
        data_preprocessor: config of the data preprocessor, or the module.
    """

    unused_hooks = {'_forward': 'Override tensor.'}

    backbone: nn.Module
    cls_head: BaseHead

    def __init__(
        self,
        backbone: dict | nn.Module,
        cls_head: dict | nn.Module,
        data_preprocessor: dict | nn.Module | None = None,
    ) -> None:
        if data_preprocessor is None:
            data_preprocessor = dict(type='ActionDataPreprocessor', format_shape='MIX2d3d')
        super().__init__(data_preprocessor=build(data_preprocessor))
        self.backbone = build(backbone)
        self.cls_head = build(cls_head)

    def forward(
        self,
        *batches: Any,
        mode: Mode = 'tensor',
        options: PredictOptions = PredictOptions(),
        inputs: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Run the model.

        mmengine passes the batches of several sources as positional arguments, and one batch as keywords.

        Args:
            *batches: batches, each a dict with ``inputs`` and ``data_samples``; for ``'tensor'`` a tensor.
            mode: ``'loss'`` returns the losses of all batches, ``'predict'`` the data samples of one with their scores,
                ``'tensor'`` features, or class scores with ``stage='head'``.
            options: of the prediction, for ``'predict'``.
            inputs: inputs of one batch, in place of a dict.
            **kwargs: ``data_samples`` of this batch; for ``'tensor'`` also arguments of :meth:`extract_feat`.
        """
        if mode == 'tensor':
            data_samples = kwargs.pop('data_samples', None)
            return super().forward(batches[0] if inputs is None else inputs, data_samples, mode, **kwargs)
        if inputs is not None:
            batches = (dict(kwargs, inputs=inputs),)
        return super().forward(batches, mode=mode, options=options)

    def tensor(self, inputs: Tensor, data_samples: Any = None, *, stage: Stage = 'backbone') -> Tensor:
        """Features of the backbone, or class scores with ``stage='head'``."""
        return self.extract_feat(inputs, stage)

    def loss(self, batches: Sequence[Mapping[str, Any]], data_samples: Any = None) -> dict[str, Tensor]:
        """Losses and accuracies of each batch; the names end with its number."""
        losses = {}
        for index, batch in enumerate(batches):
            feats = self.extract_feat(batch['inputs'])
            part = self.cls_head.loss(feats, batch['data_samples'])
            losses.update({f'{name}_{index}': value for name, value in part.items()})
        return losses

    def predict(
        self, batches: Sequence[Mapping[str, Any]], data_samples: Any = None, options: PredictOptions = PredictOptions()
    ) -> Sequence[ActionDataSample]:
        """Data samples of the one batch, with ``pred_score`` and ``pred_label``; all views run at once."""
        if len(batches) != 1:
            raise ValueError(f'RecognizerOmni predicts one batch at a time, got {len(batches)}.')
        batch = batches[0]
        average = option(self.cls_head.predict, 'average_clips', options.average_clips)
        return self.cls_head.predict(self.extract_feat(batch['inputs']), batch['data_samples'], **average)

    def extract_feat(self, inputs: Tensor, stage: Stage = 'neck', test_mode: bool = False) -> Tensor:
        """Features of the backbone, or class scores with ``stage='head'``.

        Args:
            inputs: images (N, 3, H, W), clips (N, 3, T, H, W), or clips of several views (N, V, 3, T, H, W).
            stage: last part to run. There is no neck: ``'neck'`` is the same as ``'backbone'``.
            test_mode: has no effect; for the signature of the other recognizers.
        """
        if inputs.ndim not in (4, 5, 6):
            raise ValueError(
                f'inputs must be images (4 dimensions), clips (5) or views of clips (6), got {tuple(inputs.shape)}.'
            )
        pick(get_args(Stage), stage, 'stage')
        feats = self.backbone(inputs.flatten(0, 1) if inputs.ndim == 6 else inputs)
        return self.cls_head(feats) if stage == 'head' else feats
