"""Running a model on a batch, or on the windows of a long video."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import torch
from mmengine.dataset import pseudo_collate
from mmengine.model import BaseModel
from torch import Tensor

from mmaction.models import BaseRecognizer
from mmaction.models.heads.feature_head import FeatureHead
from mmaction.models.options import PredictOptions, option

__all__ = ['PredictOptions', 'predict_batch', 'run_windows']


@torch.no_grad()
def predict_batch(model: BaseModel, batch: Mapping[str, Any], options: PredictOptions = PredictOptions()) -> Any:
    """Predict for a collated batch; the model stays as it is, and may serve several threads at once.

    Args:
        model: the model, in evaluation mode.
        batch: ``inputs`` and ``data_samples``.
        options: override settings of the model for this call.

    Raises:
        ValueError: the model does not take an option that is not the default.
    """
    # A test_step of the user's own is called in any case: it may do more than mmengine's.
    if options == PredictOptions() or type(model).test_step is not BaseModel.test_step:
        return model.test_step(batch, **option(model.test_step, 'options', options))
    keywords = option(model.forward, 'options', options)
    # test_step of mmengine has no room for options; this is what it does.
    data = model.data_preprocessor(batch, False)
    return model(**data, mode='predict', **keywords)


@torch.no_grad()
def run_windows(
    model: BaseRecognizer,
    samples: Iterable[dict[str, Any]],
    pool: FeatureHead | None = None,
    scores: bool = False,
    batch_size: int = 8,
    options: PredictOptions = PredictOptions(),
) -> Iterator[tuple[Tensor | None, Tensor | None]]:
    """Features and scores of windows, batch by batch.

    Args:
        model: recognizer in evaluation mode.
        samples: packed windows.
        pool: makes features of the output of the recognizer's backbone and neck; None: no features.
        scores: compute the recognizer's own scores.
        batch_size: windows per batch.
        options: of the prediction.

    Yields:
        ``(features (N, ...), scores (N, K))``, float32 on the CPU; None for what is not requested.
    """
    limit = option(model.extract_feat, 'views_at_once', options.views_at_once)
    for batch in _batches(samples, batch_size):
        data = model.data_preprocessor(pseudo_collate(batch), False)
        inputs, data_samples = data['inputs'], data['data_samples']
        feats, head_kwargs = model.extract_feat(inputs, test_mode=True, **limit)
        pooled, own = None, None
        if pool is not None:
            num_segs = {'num_segs': head_kwargs['num_segs']} if 'num_segs' in head_kwargs else {}
            pooled = pool.predict(feats, data_samples, **num_segs).float().cpu()
        if scores:
            predicted = model.predict_by_head(feats, head_kwargs, data_samples, options)
            own = torch.stack([sample.pred_score for sample in predicted]).float().cpu()
        yield pooled, own


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    # itertools.batched comes with Python 3.12.
    while batch := list(islice(iterator, size)):
        yield batch
