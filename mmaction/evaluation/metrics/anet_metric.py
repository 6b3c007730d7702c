"""Temporal proposals and detections, as ActivityNet evaluates them.

A model's ``predict`` returns for each video:

- proposals (``metric_type='AR@AN'``; BMN, PEM, TCANet): ``dict(video_name='v_1', proposal_list=[dict(score=0.9,
  segment=[start, end]), ...])``, in seconds; an entry may have a ``label``;
- detections (``'mAP'`` and ``'AR@AN'``; ActionFormer): ``dict(video_name='v_1', segments=(N, 2), scores=(N,),
  labels=(N,))``, in seconds, as tensors, arrays or lists. Labels are class names or class indices;
- boundary probabilities (``'TEM'``, written to CSV files for the next stage): ``('v_1', array (T, 5))``.

The ground truth comes from the meta information of the input data samples: ``video_name`` and ``annotations``
must be among ``meta_keys`` of ``PackLocalizationInputs``.
"""

from __future__ import annotations

import copy
import os
import os.path as osp
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.fileio import dump

from mmaction.evaluation.functional.eval_detection import strip_video_prefix
from mmaction.evaluation.functional.temporal import average_recall_at_avg_proposals
from mmaction.evaluation.functional.temporal_ap import Segments, class_average_precisions
from mmaction.evaluation.metrics._samples import to_mapping, to_numpy
from mmaction.registry import METRICS
from mmaction.utils.check import known_keys, pick
from mmaction.utils.labels import read_labels
from mmaction.utils.progress import track

_TYPES = ('TEM', 'AR@AN', 'mAP')
_FORMATS = ('csv', 'json', 'pkl')
_TEM_HEADER = 'action,start,end,tmin,tmax'
_AR_AT = (1, 5, 10, 100)

_DEFAULTS: dict[str, dict[str, Any]] = {
    'AR@AN': dict(max_avg_proposals=100, temporal_iou_thresholds=np.linspace(0.5, 0.95, 10)),
    'mAP': dict(temporal_iou_thresholds=np.linspace(0.5, 0.95, 10), classes=None, class_wise=False),
}


@METRICS.register_module()
class ANetMetric(BaseMetric):
    """Evaluate proposals and detections of untrimmed videos, and write them or boundary probabilities to files.

    ============ ====================================================================================================
    metric_type  result
    ============ ====================================================================================================
    ``'AR@AN'``  ``auc`` (percent), ``AR@1``, ``AR@5``, ``AR@10``, ``AR@100``: recall over the tIoU thresholds
    ``'mAP'``    ``mAP`` and ``mAP@0.5:0.95`` (mean over the thresholds), ``mAP@0.5``, ``mAP@0.55``, ...; over the
                 classes that the ground truth has
    ``'TEM'``    none; writes the files
    ============ ====================================================================================================

    Args:
        metric_type: one of these, or several of ``'AR@AN'`` and ``'mAP'``.
        collect_device: ``'cpu'`` or ``'gpu'``: where the results of several processes are gathered.
        prefix: of the names of the results.
        metric_options: ``{'AR@AN': dict(max_avg_proposals=100, temporal_iou_thresholds=...)}`` and ``{'mAP':
            dict(temporal_iou_thresholds=..., classes=NAMES or FILE, class_wise=False)}``. Without ``classes``, class
            indices refer to ``metainfo['classes']`` of the dataset. ``class_wise`` adds ``AP_<class>``, the mean over
            the thresholds.
        dump_config: ``dict(out=PATH, output_format='csv' | 'json' | 'pkl')``. csv: a folder of boundary probabilities;
            json: proposals or detections in ActivityNet's format; pkl: the unchanged predictions. The default format
            is the suffix of ``out``, or csv without a suffix. An empty ``out`` writes nothing.
    """

    def __init__(
        self,
        metric_type: str | Sequence[str] = 'TEM',
        collect_device: str = 'cpu',
        prefix: str | None = None,
        metric_options: dict[str, dict] = {},
        dump_config: dict[str, str] = dict(out=''),
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.metric_type = metric_type
        self._types = [metric_type] if isinstance(metric_type, str) else list(metric_type)
        wrong = [name for name in self._types if name not in _TYPES]
        if wrong or not self._types or ('TEM' in self._types and len(self._types) > 1):
            raise ValueError(f"metric_type ({metric_type!r}) must be one of {_TYPES}, or ['AR@AN', 'mAP'].")
        self.metric_options = self._check_options(metric_options)
        self.out, self.output_format = self._check_dump(dump_config)
        self.ground_truth: dict[str, list[dict]] = {}

    @staticmethod
    def _check_options(metric_options: dict[str, dict] | None) -> dict[str, dict]:
        merged = copy.deepcopy(_DEFAULTS)
        for name, options in known_keys('metric_options', metric_options, merged).items():
            merged[name].update(known_keys(f'{name} of metric_options', options, merged[name]))
        for name, options in merged.items():
            thresholds = np.atleast_1d(np.asarray(options['temporal_iou_thresholds'], np.float64))
            if not thresholds.size or not ((thresholds > 0) & (thresholds <= 1)).all():
                raise ValueError(f'temporal_iou_thresholds of {name} ({thresholds.tolist()}) must be in (0, 1].')
            options['temporal_iou_thresholds'] = thresholds
        if isinstance(merged['mAP']['classes'], str):
            merged['mAP']['classes'] = read_labels(merged['mAP']['classes'])
        return merged

    def _check_dump(self, dump_config: dict[str, str] | None) -> tuple[str, str]:
        config = known_keys('dump_config', dump_config, ('out', 'output_format'))
        out = config.get('out') or ''
        suffix = osp.splitext(out)[1][1:]
        default = suffix if suffix in ('json', 'pkl') else 'csv'
        kind = pick(_FORMATS, config.get('output_format', default), 'output_format')
        fits = 'csv' if self._types == ['TEM'] else 'json'
        if out and kind not in (fits, 'pkl'):
            raise ValueError(f"output_format ({kind!r}) of metric_type {self.metric_type!r} must be {fits!r} or 'pkl'.")
        return out, kind

    # --- collecting --------------------------------------------------------------------------------------------------
    def result_names(self) -> list[str]:
        """Names of the results, without prefix; ``AP_*`` stands for those of the classes."""
        names = []
        if 'AR@AN' in self._types:
            names += ['auc', *(f'AR@{number}' for number in _AR_AT)]
        if 'mAP' in self._types:
            options = self.metric_options['mAP']
            thresholds = options['temporal_iou_thresholds']
            names += ['mAP', f'mAP@{thresholds.min():g}:{thresholds.max():g}'] if len(thresholds) > 1 else []
            names += [f'mAP@{threshold:g}' for threshold in thresholds]
            names += ['AP_*'] if options['class_wise'] else []
        return names

    def process(self, data_batch: Any, data_samples: Sequence[Any]) -> None:
        """Keep the predictions of some videos, with their ground truth from ``data_batch['data_samples']``."""
        if self._types == ['TEM']:
            self.results += [dict(prediction=prediction) for prediction in data_samples]
            return
        inputs = data_batch['data_samples']
        if len(inputs) != len(data_samples):
            raise ValueError(f'There are {len(data_samples)} predictions for {len(inputs)} videos of a batch.')
        for prediction, sample in zip(data_samples, inputs):
            meta = sample if isinstance(sample, Mapping) else sample.metainfo
            missing = [key for key in ('video_name', 'annotations') if key not in meta]
            if missing:
                raise ValueError(
                    f'ANetMetric needs {missing} in the meta information, which has {sorted(meta)}. Add it to '
                    'meta_keys of PackLocalizationInputs.'
                )
            self.results.append(
                dict(
                    prediction=prediction,
                    video=strip_video_prefix(meta['video_name']),
                    annotations=list(meta['annotations']),
                )
            )

    # --- results -----------------------------------------------------------------------------------------------------
    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Results over all videos. Also writes the files."""
        predictions = [result['prediction'] for result in results]
        self.dump_results(predictions)
        figures: dict[str, float] = OrderedDict()
        if self._types == ['TEM']:
            return figures
        self.ground_truth = {result['video']: result['annotations'] for result in results}
        if not any(self.ground_truth.values()):
            raise ValueError(
                f'None of the {len(self.ground_truth)} videos has an annotated segment: {self.metric_type} is not '
                'defined. Evaluate on an annotated subset.'
            )
        if 'mAP' in self._types:
            figures.update(self.compute_map(predictions))
        if 'AR@AN' in self._types:
            figures.update(self.compute_ARAN(predictions))
        return figures

    def compute_ARAN(self, results: list) -> dict[str, float]:
        """Average recall of predictions against ``ground_truth``."""
        options = self.metric_options['AR@AN']
        proposals, num_proposals = self._import_proposals(results)
        truth = {}
        for video, annotated in self.ground_truth.items():
            truth[video] = [annotation['segment'] for annotation in annotated]
        _, average, per_video, area = average_recall_at_avg_proposals(
            truth,
            proposals,
            num_proposals,
            max_avg_proposals=options['max_avg_proposals'],
            temporal_iou_thresholds=options['temporal_iou_thresholds'],
        )
        figures: dict[str, float] = OrderedDict(auc=area)
        for number in _AR_AT:
            if per_video[0] - 1e-6 <= number <= per_video[-1] + 1e-6:
                figures[f'AR@{number}'] = float(np.interp(number, per_video, average))
        return figures

    # The name of MMAction2, which subclasses override.
    @staticmethod
    def _import_proposals(results: list) -> tuple[dict[str, np.ndarray], int]:
        """Proposals per video, start, end and score (N, 3), and the number of all of them."""
        proposals = {}
        for prediction in results:
            found = _read(prediction)
            proposals[found['video']] = np.column_stack([found['segments'], found['scores']])
        return proposals, sum(map(len, proposals.values()))

    def compute_map(self, results: list) -> dict[str, float]:
        """Mean average precision of predictions against ``ground_truth``."""
        options = self.metric_options['mAP']
        thresholds = options['temporal_iou_thresholds']
        names = options['classes']
        if names is None:
            names = (self.dataset_meta or {}).get('classes')
        labels: dict[Any, int] = {}
        videos: dict[str, int] = {}
        truth = []
        for video, annotated in self.ground_truth.items():
            number = videos.setdefault(video, len(videos))
            for annotation in annotated:
                if annotation.get('label') is None:
                    raise ValueError(f'An annotation of video {video} has no label, which mAP needs: {annotation}.')
                label = labels.setdefault(annotation['label'], len(labels))
                truth.append(([number], [label], [annotation['segment']], [0]))
        found = []
        for prediction in results:
            one = _read(prediction)
            if one['labels'] is None:
                raise ValueError(
                    f'The prediction of video {one["video"]} has no labels, which mAP needs. Evaluate class-agnostic '
                    "proposals with metric_type='AR@AN', or give them classes (tools/analysis_tools/report_map.py)."
                )
            number = videos.setdefault(one['video'], len(videos))
            kinds = [labels.get(name, -1) for name in _names(one['labels'], names, labels)]
            found.append(([number] * len(kinds), kinds, one['segments'], one['scores']))
        precision = class_average_precisions(
            Segments.concatenate(truth), Segments.concatenate(found), len(labels), thresholds
        )  # (K, classes)
        means = precision.mean(axis=1)
        figures: dict[str, float] = OrderedDict()
        if len(thresholds) > 1:
            # The same value twice: save_best='auto' makes a file name of the first, and Windows allows no colon in it.
            figures['mAP'] = float(means.mean())
            figures[f'mAP@{thresholds.min():g}:{thresholds.max():g}'] = figures['mAP']
        figures.update({f'mAP@{threshold:g}': float(mean) for threshold, mean in zip(thresholds, means)})
        if options['class_wise']:
            figures.update({f'AP_{label}': float(precision[:, i].mean()) for label, i in labels.items()})
        return figures

    # --- files -------------------------------------------------------------------------------------------------------
    def dump_results(self, results: list, version: str = 'VERSION 1.3') -> None:
        """Write predictions to ``out``, unless that is empty."""
        if not self.out:
            return
        if self.output_format == 'csv':
            os.makedirs(self.out, exist_ok=True)
            for video, table in results:
                path = osp.join(self.out, f'{video}.csv')
                np.savetxt(path, to_numpy(table), header=_TEM_HEADER, delimiter=',', comments='')
            return
        os.makedirs(osp.dirname(self.out) or '.', exist_ok=True)
        content: Any = results
        if self.output_format == 'json':
            content = dict(version=version, results=self.proposals2json(results), external_data={})
        dump(content, self.out, file_format=self.output_format)

    def proposals2json(self, results: list, show_progress: bool = False) -> dict[str, list[dict]]:
        """Entries ``dict(segment, score)`` per video (without ``v_``), with ``label`` if the prediction has labels."""
        if show_progress:
            results = list(track(results, 'Converting'))
        names = self.metric_options['mAP']['classes']
        if names is None:
            names = (self.dataset_meta or {}).get('classes')
        converted = {}
        for prediction in results:
            one = _read(prediction)
            entries = [
                dict(score=score, segment=segment)
                for score, segment in zip(one['scores'].tolist(), one['segments'].tolist())
            ]
            if one['labels'] is not None:
                for entry, label in zip(entries, _names(one['labels'], names, {})):
                    entry['label'] = label
            converted[one['video']] = entries
        return converted


def _read(prediction: Any) -> dict[str, Any]:
    """Convert either form of a prediction to ``video``, ``segments`` (N, 2), ``scores`` (N,), ``labels`` or None."""
    prediction = to_mapping(prediction)
    if 'video_name' not in prediction or not {'proposal_list', 'segments'} & set(prediction):
        raise ValueError(
            'A prediction must be dict(video_name, proposal_list=[dict(segment, score), ...]) or dict(video_name, '
            f'segments, scores, labels), found the keys {sorted(prediction)}.'
        )
    video = strip_video_prefix(prediction['video_name'])
    if 'segments' in prediction:
        segments = prediction['segments']
        scores = prediction.get('scores')
        labels = prediction.get('labels')
    else:
        entries = prediction['proposal_list']
        segments = [entry['segment'] for entry in entries]
        scores = [entry['score'] for entry in entries]
        labels = None
        if all('label' in entry for entry in entries):
            labels = [entry['label'] for entry in entries]
    segments = to_numpy(segments).astype(np.float64).reshape(-1, 2)
    scores = to_numpy(scores).astype(np.float64).reshape(-1)
    if labels is not None and not isinstance(labels, list):
        labels = to_numpy(labels).reshape(-1).tolist()
    if len(segments) != len(scores) or (labels is not None and len(labels) != len(scores)):
        raise ValueError(
            f'The prediction of video {video} has {len(segments)} segments, {len(scores)} scores and '
            f'{None if labels is None else len(labels)} labels; the numbers must be equal.'
        )
    if not (np.isfinite(segments).all() and np.isfinite(scores).all()):
        raise ValueError(f'The prediction of video {video} holds values that are not finite.')
    return dict(video=video, segments=segments, scores=scores, labels=labels)


def _names(labels: list, classes: Sequence[str] | None, known: Mapping[Any, int]) -> list:
    """Labels as the annotations name them."""
    if not labels or isinstance(labels[0], str):
        return labels
    if classes is not None:
        wrong = [label for label in labels if not 0 <= label < len(classes)]
        if wrong:
            raise ValueError(f'The label {wrong[0]} is out of [0, {len(classes)}), the number of class names.')
        return [classes[int(label)] for label in labels]
    if any(isinstance(name, str) for name in known):
        raise ValueError(
            f'Predictions have class indices as labels ({labels[0]}), annotations have names ({next(iter(known))!r}). '
            "Give the names: metric_options={'mAP': dict(classes=...)} or metainfo=dict(classes=...) of the dataset."
        )
    return labels
