"""Metric of temporal segmentation."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from mmaction.evaluation.functional.segmentation import edit_score, f1_from_counts, frame_counts, match_segments
from mmaction.evaluation.metrics._samples import get_field, to_mapping, to_numpy
from mmaction.registry import METRICS
from mmaction.utils.labels import read_labels


@METRICS.register_module()
class SegmentationMetric(BaseMetric):
    """Evaluate a class per frame, or per step of the features. All results are percentages.

    ================ =================================================================================================
    ``acc``          frames that are right
    ``mean_acc``     the same, mean over the classes
    ``edit``         right order of segments, mean over the videos
    ``F1@10`` ...    F1 of segments of all videos, right at an IoU of 10, 25 and 50 percent
    ``*_<class>``    with ``class_wise``: ``acc``, and F1 at each overlap
    ================ =================================================================================================

    Frames with the label ``IGNORE_INDEX`` count nowhere. Source: https://arxiv.org/abs/1903.01945, Sec. 4.

    Args:
        overlaps: IoU in percent at which a segment is right.
        ignore_classes: names or indices of classes that are no segments, in the edit score and F1: often
            ``['background']``. Their frames count in the accuracy.
        classes: class names, or a file of them. Default: of ``metainfo`` of the dataset.
        class_wise: also the results of each class.
        collect_device: ``'cpu'`` or ``'gpu'``: where the results of several processes are gathered.
        prefix: of the names of the results.
    """

    def __init__(
        self,
        overlaps: Sequence[float] = (10, 25, 50),
        ignore_classes: Sequence[str | int] = (),
        classes: Sequence[str] | str | None = None,
        class_wise: bool = False,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        wrong = [overlap for overlap in overlaps if not 0 < overlap <= 100]
        if wrong:
            raise ValueError(f'overlaps ({wrong[0]}) must be percentages in (0, 100].')
        self.overlaps = tuple(overlaps)
        self.ignore_classes = tuple(ignore_classes)
        self.classes = read_labels(classes) if isinstance(classes, str) else classes
        self.class_wise = class_wise

    def process(self, data_batch: Any, data_samples: Sequence[Any]) -> None:
        """Keep predicted and true labels of some videos."""
        for sample in data_samples:
            fields = to_mapping(sample)
            result = dict(
                pred=to_numpy(get_field(fields, 'pred_label', 'SegmentationMetric')),
                true=to_numpy(get_field(fields, 'gt_label', 'SegmentationMetric')),
                num_classes=fields.get('num_classes', 0),
            )
            self.results.append(result)

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Results over all videos."""
        names = self.classes or (self.dataset_meta or {}).get('classes')
        count = max(result['num_classes'] for result in results)
        for result in results:
            count = max(count, *(int(result[key].max(initial=-1)) + 1 for key in ('pred', 'true')))
        names = [str(index) for index in range(count)] if names is None else list(names)
        if len(names) < count:
            raise ValueError(f'There are labels of {count} classes, but {len(names)} class names: {names}.')
        ignore = self._ignored(names)

        frames = np.zeros((len(names), len(names)), np.int64)
        segments = np.zeros((len(self.overlaps), len(names), 3), np.int64)
        edits = []
        thresholds = [overlap / 100 for overlap in self.overlaps]
        for result in results:
            pair = result['pred'], result['true']
            frames += frame_counts(*pair, len(names))
            segments += match_segments(*pair, len(names), thresholds, ignore)
            edits.append(edit_score(*pair, ignore))
        return self._figures(names, frames, segments, float(np.mean(edits)))

    def _ignored(self, names: Sequence[str]) -> list[int]:
        ignored = []
        for item in self.ignore_classes:
            index = names.index(item) if isinstance(item, str) and item in names else item
            if not isinstance(index, int) or not 0 <= index < len(names):
                raise ValueError(f'ignore_classes has {item!r}, which is none of the classes {list(names)}.')
            ignored.append(index)
        return ignored

    def _figures(self, names: Sequence[str], frames: np.ndarray, segments: np.ndarray, edit: float) -> dict[str, float]:
        right = frames.diagonal()
        total = frames.sum(1)
        if not total.sum():
            raise ValueError('No frame has a label: there is nothing to evaluate. Evaluate on annotated videos.')
        per_class = np.where(total > 0, 100 * right / np.maximum(total, 1), np.nan)
        figures: dict[str, float] = OrderedDict()
        figures['acc'] = float(100 * right.sum() / total.sum())
        figures['mean_acc'] = float(np.nanmean(per_class))
        figures['edit'] = edit
        scores = f1_from_counts(segments)  # (overlaps, K)
        for overlap, score in zip(self.overlaps, f1_from_counts(segments.sum(1))):
            figures[f'F1@{overlap:g}'] = float(np.nan_to_num(score))
        if self.class_wise:
            for index, name in enumerate(names):
                figures[f'acc_{name}'] = float(per_class[index])
                figures.update({f'F1@{at:g}_{name}': float(row[index]) for at, row in zip(self.overlaps, scores)})
        return figures
