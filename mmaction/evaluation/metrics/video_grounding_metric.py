"""Recall of video grounding: moments retrieved for a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from mmaction.evaluation.metrics._samples import to_mapping, to_numpy
from mmaction.registry import METRICS
from mmaction.structures.segments import segment_iou


@METRICS.register_module()
class RecallatTopK(BaseMetric):
    """Fraction of the sentences whose moment is among the first k predictions: ``Recall@Top1_IoU=0.5``, ...

    A prediction of DRN is ``dict(vid_name, gt=(2,), predictions=(N, 3))``: start, end and score, best first, in the
    unit of ``gt``.

    Args:
        topK_list: values of k.
        threshold: a prediction hits if its tIoU is above (not equal to) this.
        collect_device: ``'cpu'`` or ``'gpu'``: where the results of several processes are gathered.
        prefix: of the names of the results.
    """

    def __init__(
        self,
        topK_list: Sequence[int] = (1, 5),
        threshold: float = 0.5,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not len(topK_list) or min(topK_list) < 1:
            raise ValueError(f'topK_list ({topK_list!r}) must have values of at least 1.')
        if not 0 <= threshold < 1:
            raise ValueError(f'threshold ({threshold}) must be in [0, 1).')
        self.topK_list = topK_list
        self.threshold = threshold

    def result_names(self) -> list[str]:
        """Names of the results, without prefix."""
        return [f'Recall@Top{k}_IoU={self.threshold}' for k in self.topK_list]

    def process(self, data_batch: Any, data_samples: Sequence[Any]) -> None:
        """Keep ground truth and predictions; ``data_batch`` is unused."""
        for data_sample in data_samples:
            sample = to_mapping(data_sample)
            moment = to_numpy(sample['gt']).reshape(-1, 2)[0]  # DRN repeats it for each proposal
            predictions = to_numpy(sample['predictions'])
            if not predictions.size:
                predictions = np.zeros((0, 3))
            if not (np.isfinite(moment).all() and np.isfinite(predictions).all()):
                raise ValueError(f'Ground truth or prediction of video {sample.get("vid_name")} holds a NaN.')
            self.results.append(dict(vid_name=sample.get('vid_name'), gt=moment, predictions=predictions))

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Recall over all sentences, for each k."""
        if not results:
            return {}
        # Rank of the first hit; infinite without a hit, so that it is below no k.
        ranks = np.full(len(results), np.inf)
        for i, result in enumerate(results):
            iou = self.calculate_IoU(result['gt'], result['predictions'][:, :2])
            hits = np.flatnonzero(iou > self.threshold)
            if hits.size:
                ranks[i] = hits[0]
        return {f'Recall@Top{k}_IoU={self.threshold}': float((ranks < k).mean()) for k in self.topK_list}

    def calculate_IoU(self, i0: np.ndarray, i1: np.ndarray) -> np.ndarray | float:
        """Compute the tIoU of a segment (2,) with another (2,), a number, or with several (N, 2), an array (N,)."""
        iou = segment_iou(np.asarray(i1)[..., :2], np.asarray(i0)[:2])
        if iou.ndim == 0:
            return float(iou)
        return iou
