"""Metrics of retrieval: videos by texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from mmaction.evaluation.functional.retrieval import recall_at, retrieval_ranks
from mmaction.evaluation.metrics._samples import to_mapping, to_numpy
from mmaction.registry import METRICS
from mmaction.utils.check import at_least

_RECALL = re.compile(r'R([1-9]\d*)')
_OTHERS: Mapping[str, Callable[[np.ndarray], float]] = {
    'MdR': lambda ranks: float(np.median(ranks)),
    'MnR': lambda ranks: float(np.mean(ranks)),
}


def _check_name(name: Any) -> str:
    if not isinstance(name, str) or (name not in _OTHERS and not _RECALL.fullmatch(name)):
        raise ValueError(f'metric_list has {name!r}; choose from R1, R5, R10 (any R<k>), {", ".join(_OTHERS)}.')
    return name


@METRICS.register_module()
class RetrievalMetric(BaseMetric):
    """Ranks of the videos that texts are looked up for, by cosine similarity.

    Each sample has ``features`` with ``video_feature`` and ``text_feature`` (D,).

    Args:
        metric_list: measures, or one: ``R<k>``, the percentage of the texts whose video is among the k most similar;
            ``MdR`` and ``MnR``, median and mean of the ranks, from 1.
        collect_device: ``'cpu'`` or ``'gpu'``: where the results of several processes are gathered.
        prefix: of the names of the results.
    """

    default_prefix = 'retrieval'

    def __init__(
        self,
        metric_list: tuple[str, ...] | str = ('R1', 'R5', 'R10', 'MdR', 'MnR'),
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        names = (metric_list,) if isinstance(metric_list, str) else tuple(metric_list)
        self.metric_list = tuple(map(_check_name, names))

    def result_names(self) -> list[str]:
        """Names of the results, without prefix."""
        return list(self.metric_list)

    def process(self, data_batch: Any, data_samples: Sequence[Any]) -> None:
        """Keep the features; ``data_batch`` is unused."""
        for data_sample in data_samples:
            sample = to_mapping(data_sample)
            if 'features' not in sample:
                raise KeyError(f'RetrievalMetric needs features in each data sample, found {sorted(sample)}.')
            features = to_mapping(sample['features'])
            self.results.append({name: to_numpy(features[name]) for name in ('video_feature', 'text_feature')})

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Measures over all pairs."""
        if not results:
            return {}
        video = _unit(np.stack([result['video_feature'] for result in results]))
        text = _unit(np.stack([result['text_feature'] for result in results]))
        ranks = retrieval_ranks(text @ video.T)
        return {name: _measure(name, ranks) for name in self.metric_list}


def _unit(features: np.ndarray) -> np.ndarray:
    """Features of length 1; those of length 0 stay."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    scaled: np.ndarray = features / np.where(length == 0, 1, length)
    return scaled


def _measure(name: str, ranks: np.ndarray) -> float:
    recall = _RECALL.fullmatch(name)
    if recall is not None:
        return recall_at(int(recall[1]), ranks)
    return _OTHERS[name](ranks)


@METRICS.register_module()
class RetrievalRecall(BaseMetric):
    """Percentage of the queries with a right item among the k best: ``Recall@k``.

    Each sample has ``pred_score`` (items,), the scores of all items for one query, and ``gt_label``, the ids of its
    right items.

    Args:
        topk: value of k, or several.
        collect_device: ``'cpu'`` or ``'gpu'``: where the results of several processes are gathered.
        prefix: of the names of the results.
    """

    default_prefix = 'retrieval'

    def __init__(self, topk: int | Sequence[int], collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.topk = (topk,) if isinstance(topk, int) else tuple(topk)
        for k in self.topk:
            at_least(1, k, 'topk')

    def result_names(self) -> list[str]:
        """Names of the results, without prefix."""
        return [f'Recall@{k}' for k in self.topk]

    def process(self, data_batch: Any, data_samples: Sequence[Any]) -> None:
        """Keep the rank of the best right item of each query; ``data_batch`` is unused."""
        for data_sample in data_samples:
            sample = to_mapping(data_sample)
            scores, right = to_numpy(sample['pred_score']), to_numpy(sample['gt_label']).reshape(-1)
            self.results.append(dict(rank=_best_rank(scores, right)))

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Recall over all queries, for each k."""
        return _recalls(np.array([result['rank'] for result in results]), self.topk)

    @staticmethod
    def calculate(
        pred: np.ndarray | Sequence[Sequence[int]],
        target: np.ndarray | Sequence[int | Sequence[int]],
        topk: int | Sequence[int],
        pred_indices: bool = False,
        target_indices: bool = False,
    ) -> list[float]:
        """Recall of predictions that are at hand.

        Args:
            pred: scores (queries, items); with ``pred_indices`` the items of each query, best first.
            target: right items of each query, as 0 and 1 (queries, items); with ``target_indices`` their ids.
            topk: value of k, or several.
            pred_indices: see ``pred``.
            target_indices: see ``target``.

        Returns:
            Percentage for each k.
        """
        ks = (topk,) if isinstance(topk, int) else tuple(topk)
        if len(pred) != len(target):
            raise ValueError(f'There are {len(pred)} predictions for {len(target)} targets.')
        ranks = []
        for given, truth in zip(pred, target):
            right = np.atleast_1d(truth) if target_indices else np.flatnonzero(to_numpy(truth))
            order = to_numpy(given) if pred_indices else np.argsort(-to_numpy(given), kind='stable')
            hits = np.flatnonzero(np.isin(order, right))
            ranks.append(1 + hits[0] if hits.size else np.inf)
        return list(_recalls(np.array(ranks), ks).values())


def _best_rank(scores: np.ndarray, right: np.ndarray) -> float:
    """Rank, from 1, of the best right item among the scores of a query; infinite without one, or with NaN."""
    if not right.size or np.isnan(scores).any():
        return float('inf')
    return 1 + float((scores > scores[right].max()).sum())


def _recalls(ranks: np.ndarray, topk: Sequence[int]) -> dict[str, float]:
    return {f'Recall@{k}': recall_at(k, ranks) for k in topk} if len(ranks) else {}
