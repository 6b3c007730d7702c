"""Mean average precision of actions in boxes (AVA)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.fileio import exists

from mmaction.evaluation.functional.ava_ap import evaluate_ava
from mmaction.evaluation.functional.ava_utils import evaluated_classes, log_report, results_table
from mmaction.evaluation.metrics._samples import detections_of, to_mapping
from mmaction.registry import METRICS
from mmaction.structures.boxes import bbox2result
from mmaction.utils.ava_files import check_custom_classes, read_box_table, read_exclusions
from mmaction.utils.check import pick


@METRICS.register_module()
class AVAMetric(BaseMetric):
    """Mean average precision of actions in boxes at IoU 0.5 (AVA, arXiv:1705.08421).

    Results: ``mAP/overall``, and over AVA's groups of classes ``mAP/person_movement`` (up to 14),
    ``mAP/object_manipulation`` (15 to 63), ``mAP/person_interaction`` (from 64); NaN for a group without annotation. A
    table of the classes, and the number of boxes that match nothing, are logged.

    A data sample must have ``video_id``, ``timestamp`` and ``pred_instances`` with ``bboxes`` (N, 4), xyxy in 0..1, and
    ``scores`` (N, num_classes).

    Args:
        ann_file: csv of the annotation.
        exclude_file: csv of frames that do not count, or None.
        label_file: label map; only its classes count.
        options: ``('mAP',)``.
        action_thr: smallest score of a detection.
        num_classes: classes of the model, with the background.
        custom_classes: classes of the annotation that the model knows, in the order of its outputs.
        collect_device: ``'cpu'`` or ``'gpu'``: where the results of several processes are gathered.
        prefix: of the names of the results; the default is ``'mAP'``.
        strict: count classes without any detection as 0, and leave the annotated boxes of excluded frames out of the
            recall. The default leaves the former out of the mean and counts the latter, as MMAction2 does.
        verbose: log the table.
    """

    default_prefix = 'mAP'

    def __init__(
        self,
        ann_file: str,
        exclude_file: str | None,
        label_file: str,
        options: Sequence[str] = ('mAP',),
        action_thr: float = 0.002,
        num_classes: int = 81,
        custom_classes: Sequence[int] | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        *,
        strict: bool = False,
        verbose: bool = True,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if isinstance(options, str):
            options = (options,)
        for option in options:
            pick(('mAP',), option, 'options')
        for name, path in (('ann_file', ann_file), ('exclude_file', exclude_file), ('label_file', label_file)):
            if path and not exists(path):
                raise FileNotFoundError(f'There is no file {path}. Correct {name} of AVAMetric.')
        if custom_classes is not None:
            custom_classes = check_custom_classes(custom_classes, num_classes)
            evaluated_classes(label_file, custom_classes)
        self.ann_file = ann_file
        self.exclude_file = exclude_file
        self.label_file = label_file
        self.options = tuple(options)
        self.action_thr = action_thr
        self.num_classes = num_classes
        self.custom_classes = custom_classes
        self.strict = strict
        self.verbose = verbose

    def process(self, data_batch: Any, data_samples: Sequence[Any]) -> None:
        """Keep the detections of some frames, by class."""
        for data_sample in data_samples:
            sample = to_mapping(data_sample)
            found = detections_of(sample, 'AVAMetric')
            scores = found['scores']
            if scores.ndim != 2 or scores.shape[1] != self.num_classes:
                raise ValueError(
                    f'scores must be (boxes, {self.num_classes}), one column per class and the background, found shape '
                    f'{tuple(scores.shape)}. Give AVAMetric the num_classes of the model.'
                )
            outputs = bbox2result(found['bboxes'], scores, num_classes=self.num_classes, thr=self.action_thr)
            self.results.append(dict(video_id=sample['video_id'], timestamp=sample['timestamp'], outputs=outputs))

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Mean average precision over all frames."""
        report = evaluate_ava(
            read_box_table(self.ann_file),
            results_table(results, self.custom_classes),
            evaluated_classes(self.label_file, self.custom_classes),
            read_exclusions(self.exclude_file),
            strict=self.strict,
        )
        log_report(report, self.verbose)
        return report.means()
