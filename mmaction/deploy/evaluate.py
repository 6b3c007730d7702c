"""A model whose network runs in another runtime, for the evaluation of exported files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmaction.deploy.runtime import Backend, run_in_batches
from mmaction.models import BaseRecognizer
from mmaction.models.heads.base import BaseHead
from mmaction.models.localizers.base import PredictsFromOutputs
from mmaction.models.options import option
from mmaction.structures import ActionDataSample

# Under this key the export notes whether the class scores went through a softmax.
SCORES = 'mmaction.scores'
PROBABILITIES = 'probabilities'

Decode = Callable[[list[Tensor], Sequence[ActionDataSample]], Any]


class ExportedModel(BaseModel):
    """Normalizes as a model does, runs an exported network, and turns its outputs into predictions as the model does.

    Args:
        model: the model that was exported; its weights are not used.
        backend: the network.

    Raises:
        ValueError: the model has no way from the outputs of its network to predictions.
    """

    def __init__(self, model: Any, backend: Backend) -> None:
        super().__init__(data_preprocessor=model.data_preprocessor)
        self._decode = _decoder(model, backend)
        self._backend = backend

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'predict') -> Any:
        """Predict.

        Args:
            inputs: the batch, as the data preprocessor returns it.
            data_samples: get the predictions.
            mode: ``'predict'``.
        """
        if mode != 'predict':
            raise ValueError(f"mode ({mode!r}) must be 'predict': {self._backend.path} is an exported network.")
        batch = inputs if isinstance(inputs, Tensor) else torch.stack(list(inputs))
        outputs = run_in_batches(self._backend, batch.float().cpu().numpy())
        return self._decode([torch.from_numpy(output) for output in outputs], data_samples)


def _decoder(model: nn.Module, backend: Backend) -> Decode:
    """Choose how the outputs of the network become predictions."""
    if isinstance(model, BaseRecognizer) and isinstance(getattr(model, 'cls_head', None), BaseHead):
        head = model.cls_head
        # Probabilities are averaged as they are; the head would take the softmax a second time.
        averaging = 'score' if backend.metadata.get(SCORES) == PROBABILITIES and head.average_clips else 'default'
        keywords = option(head.predict_by_feat, 'average_clips', averaging)
        return lambda outputs, samples: head.predict_by_feat(outputs[0], samples, **keywords)
    if isinstance(model, PredictsFromOutputs):
        return lambda outputs, samples: model.predict_from(outputs[0] if len(outputs) == 1 else tuple(outputs), samples)
    raise ValueError(
        f'{type(model).__name__} cannot be evaluated as an exported network: it is neither a recognizer with a head '
        'nor a localizer whose predictions follow from the outputs of its network (BMN, TEM).'
    )
