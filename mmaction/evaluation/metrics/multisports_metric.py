"""Mean average precision of frames and tubes (MultiSports, UCF101-24, JHMDB)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from mmaction.evaluation.functional.multisports_utils import frameAP, link_tubes, videoAP, videoAP_all
from mmaction.evaluation.metrics._samples import detections_of, to_mapping, to_numpy
from mmaction.registry import METRICS
from mmaction.utils.check import known_keys
from mmaction.utils.tube_files import read_tubes

_OPTIONS = {'F_mAP': ('thr',), 'V_mAP': ('thr', 'all', 'tube_thr')}


@METRICS.register_module()
class MultiSportsMetric(BaseMetric):
    """Mean average precision of boxes in frames and of action tubes, in percent (MultiSports, arXiv:2105.07404).

    Results: ``frameAP`` for F_mAP; ``v_map@0.2``, ``v_map@0.5`` and, with ``all``, the means ``v_map_0.05:0.45``,
    ``v_map_0.10:0.90`` and ``v_map_0.50:0.95`` for V_mAP.

    A data sample must have ``video_id``, ``timestamp`` (the frame, from 1) and ``pred_instances`` with ``bboxes``
    (N, 4), xyxy in 0..1, and ``scores`` (N, classes). A box counts for its best class.

    Args:
        ann_file: pickle of the ground truth.
        metric_options: ``dict(F_mAP=dict(thr=0.5), V_mAP=dict(thr=(0.2, 0.5), all=True, tube_thr=15))``, or one of the
            two. ``thr``: smallest IoU; ``tube_thr``: shortest tube in frames.
        collect_device: ``'cpu'`` or ``'gpu'``: where the results of several processes are gathered.
        verbose: log the result of each class.
        prefix: of the names of the results.
        strict: link tubes by the score of each detection. The default gives all the score of the last one, as
            MMAction2 does, on which published video mAPs rest.
    """

    def __init__(
        self,
        ann_file: str,
        metric_options: Mapping[str, Mapping[str, Any]] = dict(
            F_mAP=dict(thr=0.5), V_mAP=dict(thr=(0.2, 0.5), all=True, tube_thr=15)
        ),
        collect_device: str = 'cpu',
        verbose: bool = True,
        prefix: str | None = None,
        *,
        strict: bool = False,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.metric_options = known_keys('metric_options', metric_options, _OPTIONS)
        for name, options in self.metric_options.items():
            known_keys(f'{name} of metric_options', options, _OPTIONS[name])
        self.annos = read_tubes(ann_file)
        self.verbose = verbose
        self.strict = strict
        self._places = {video: place for place, video in enumerate(self.annos.test_videos[0])}

    def process(self, data_batch: Any, data_samples: Sequence[Any]) -> None:
        """Keep the detections of some frames: rows of video, frame, class, score and box in pixels."""
        for data_sample in data_samples:
            sample = to_mapping(data_sample)
            found = detections_of(sample, 'MultiSportsMetric')
            video = self.annos.video_key(sample['video_id'])
            if video not in self._places:
                raise ValueError(
                    f'The video {video!r} is not among the {len(self._places)} test videos of {self.annos.path}: '
                    'evaluate on its test split.'
                )
            height, width = self.annos.resolution[video]
            scores = to_numpy(found['scores'])
            boxes = to_numpy(found['bboxes']).reshape(-1, 4) * np.array([width, height, width, height])
            rows = np.zeros((len(boxes), 8))
            rows[:, 0] = self._places[video]
            rows[:, 1] = int(sample['timestamp'])
            if len(boxes):
                rows[:, 2] = scores.argmax(axis=1)
                rows[:, 3] = scores.max(axis=1)
            rows[:, 4:] = boxes
            self.results.append(rows)

    def compute_metrics(self, results: list[np.ndarray]) -> dict[str, float]:
        """Mean average precision over all frames and videos."""
        detections = np.concatenate(results) if results else np.zeros((0, 8))
        figures: dict[str, float] = {}
        if 'F_mAP' in self.metric_options:
            threshold = self.metric_options['F_mAP'].get('thr', 0.5)
            figures['frameAP'] = round(frameAP(self.annos, detections, threshold, self.verbose), 4)
        if 'V_mAP' in self.metric_options:
            options = self.metric_options['V_mAP']
            tubes = link_tubes(self.annos, detections, len_thre=options.get('tube_thr', 15), strict=self.strict)
            for threshold in np.atleast_1d(options.get('thr', (0.2, 0.5))):
                value = videoAP(self.annos, tubes, float(threshold), self.verbose)
                figures[f'v_map@{threshold:g}'] = round(value, 4)
            if options.get('all'):
                figures.update(videoAP_all(self.annos, tubes))
        return figures
