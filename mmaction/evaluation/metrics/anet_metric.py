"""Proposals and detections in time, as ActivityNet evaluates them.

What a model's ``predict`` has to give for each video:

- proposals (``metric_type='AR@AN'``; BMN, PEM, TCANet): ``dict(video_name='v_1', proposal_list=[dict(score=0.9,
  segment=[start, end]), ...])``, in seconds; an entry may have a ``label``;
- detections (``'mAP'`` and ``'AR@AN'``; ActionFormer): ``dict(video_name='v_1', segments=(N, 2), scores=(N,),
  labels=(N,))``, in seconds, as tensors, arrays or lists. Labels are names, or numbers in the list of classes;
- boundary probabilities (``'TEM'``, written to csv files for the next stage): ``('v_1', array (T, 5))``.

The ground truth comes from the meta information of the data samples that went in: ``video_name`` and ``annotations``
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
from mmengine.fileio import dump, list_from_file

from mmaction.evaluation.functional._temporal import average_recall_at_avg_proposals
from mmaction.evaluation.functional._temporal_ap import Segments, class_average_precisions
from mmaction.evaluation.functional.eval_detection import strip_video_prefix
from mmaction.evaluation.metrics._samples import to_mapping, to_numpy
from mmaction.registry import METRICS

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
    """Proposals, detections or boundary probabilities of untrimmed videos, evaluated and written to files.

    ============ ====================================================================================================
    metric_type  gives
    ============ ====================================================================================================
    ``'AR@AN'``  ``auc`` (percent), ``AR@1``, ``AR@5``, ``AR@10``, ``AR@100``: recall over the tIoU thresholds
    ``'mAP'``    ``mAP`` and ``mAP@0.5:0.95`` (mean over the thresholds), ``mAP@0.5``, ``mAP@0.55``, ...; over the
                 classes that the ground truth has
    ``'TEM'``    nothing; writes the files
    ============ ====================================================================================================

    Args:
        metric_type: one of these, or several of ``'AR@AN'`` and ``'mAP'``.
        collect_device: ``'cpu'`` or ``'gpu'``: where the results of several processes are put together.
        prefix: of the names of the figures.
        metric_options: ``{'AR@AN': dict(max_avg_proposals=100, temporal_iou_thresholds=...)}`` and ``{'mAP':
            dict(temporal_iou_thresholds=..., classes=NAMES or FILE, class_wise=False)}``. Without ``classes``, numbers
            of labels are those of ``metainfo['classes']`` of the dataset. With ``class_wise``, also ``AP_<class>``,
            the mean over the thresholds.
        dump_config: ``dict(out=PATH, output_format='csv' | 'json' | 'pkl')``. csv: a folder of boundary probabilities;
            json: proposals or detections in ActivityNet's format; pkl: the predictions as they are. Without
            ``output_format`` the ending of ``out`` tells, and csv where it has none. With an empty ``out`` nothing is
            written.
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
        for name, options in (metric_options or {}).items():
            if name not in merged:
                raise ValueError(f'metric_options has {name!r}, which is none of {", ".join(merged)}.')
            unknown = sorted(set(options) - set(merged[name]))
            if unknown:
                raise ValueError(f'{name} has no option {", ".join(unknown)}; known: {", ".join(merged[name])}.')
            merged[name].update(options)
        for name, options in merged.items():
            thresholds = np.atleast_1d(np.asarray(options['temporal_iou_thresholds'], np.float64))
            if not thresholds.size or not ((thresholds > 0) & (thresholds <= 1)).all():
                raise ValueError(f'temporal_iou_thresholds of {name} ({thresholds.tolist()}) must be in (0, 1].')
            options['temporal_iou_thresholds'] = thresholds
        if isinstance(merged['mAP']['classes'], str):
            merged['mAP']['classes'] = list_from_file(merged['mAP']['classes'])
        return merged

    def _check_dump(self, dump_config: dict[str, str] | None) -> tuple[str, str]:
        config = dict(dump_config or {})
        out = config.pop('out', '') or ''
        ending = osp.splitext(out)[1][1:]
        kind = config.pop('output_format', ending if ending in _FORMATS[1:] else 'csv')
        if config:
            raise ValueError(f'dump_config has {sorted(config)}; known: out, output_format.')
        if kind not in _FORMATS:
            raise ValueError(f'output_format ({kind!r}) must be one of {_FORMATS}.')
        fits = 'csv' if self._types == ['TEM'] else 'json'
        if out and kind not in (fits, 'pkl'):
            raise ValueError(f"output_format ({kind!r}) of metric_type {self.metric_type!r} must be {fits!r} or 'pkl'.")
        return out, kind

    # --- collecting --------------------------------------------------------------------------------------------------
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

    # --- figures -----------------------------------------------------------------------------------------------------
    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """The figures of all videos; what is to be written is written."""
        predictions = [result['prediction'] for result in results]
        self.dump_results(predictions)
        figures: dict[str, float] = OrderedDict()
        if self._types == ['TEM']:
            return figures
        self.ground_truth = {result['video']: result['annotations'] for result in results}
        if not any(self.ground_truth.values()):
            raise ValueError(
                f'None of the {len(self.ground_truth)} videos has an annotated segment, so that {self.metric_type} is '
                'not defined. Evaluate on an annotated part.'
            )
        if 'mAP' in self._types:
            figures.update(self.compute_map(predictions))
        if 'AR@AN' in self._types:
            figures.update(self.compute_ARAN(predictions))
        return figures

    def compute_ARAN(self, results: list) -> dict[str, float]:
        """Average recall of predictions, against ``ground_truth``."""
        options = self.metric_options['AR@AN']
        proposals = {}
        for prediction in results:
            found = _read(prediction)
            proposals[found['video']] = np.column_stack([found['segments'], found['scores']])
        truth = {video: [a['segment'] for a in annotations] for video, annotations in self.ground_truth.items()}
        _, average, per_video, area = average_recall_at_avg_proposals(
            truth,
            proposals,
            sum(map(len, proposals.values())),
            max_avg_proposals=options['max_avg_proposals'],
            temporal_iou_thresholds=options['temporal_iou_thresholds'],
        )
        figures: dict[str, float] = OrderedDict(auc=area)
        for number in _AR_AT:
            if per_video[0] - 1e-6 <= number <= per_video[-1] + 1e-6:
                figures[f'AR@{number}'] = float(np.interp(number, per_video, average))
        return figures

    def compute_map(self, results: list) -> dict[str, float]:
        """Mean average precision of predictions, against ``ground_truth``."""
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
            # 'mAP' is the same once more: a name that can be that of a file (save_best='auto') on every system
            figures['mAP'] = figures[f'mAP@{thresholds.min():g}:{thresholds.max():g}'] = float(means.mean())
        figures.update({f'mAP@{threshold:g}': float(mean) for threshold, mean in zip(thresholds, means)})
        if options['class_wise']:
            figures.update({f'AP_{label}': float(precision[:, i].mean()) for label, i in labels.items()})
        return figures

    # --- files -------------------------------------------------------------------------------------------------------
    def dump_results(self, results: list, version: str = 'VERSION 1.3') -> None:
        """Write predictions to ``out``, where that is given."""
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
        """By video, without ``v_``, the entries ``dict(segment, score)``, with ``label`` where there is one."""
        if show_progress:
            from mmaction.utils.progress import track

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
    """Prediction of a video in either form: ``video``, ``segments`` (N, 2), ``scores`` (N,), ``labels`` or None."""
    prediction = to_mapping(prediction)
    if 'video_name' not in prediction or not {'proposal_list', 'segments'} & set(prediction):
        raise ValueError(
            'A prediction must be dict(video_name, proposal_list=[dict(segment, score), ...]) or dict(video_name, '
            f'segments, scores, labels), found the keys {sorted(prediction)}.'
        )
    video = strip_video_prefix(prediction['video_name'])
    if 'segments' in prediction:
        segments, scores, labels = (prediction.get(key) for key in ('segments', 'scores', 'labels'))
    else:
        entries = prediction['proposal_list']
        segments, scores = [entry['segment'] for entry in entries], [entry['score'] for entry in entries]
        labels = [entry['label'] for entry in entries] if entries and all('label' in e for e in entries) else None
        labels = [] if not entries else labels
    segments = to_numpy(segments).astype(np.float64).reshape(-1, 2)
    scores = to_numpy(scores).astype(np.float64).reshape(-1)
    labels = labels if labels is None or isinstance(labels, list) else to_numpy(labels).reshape(-1).tolist()
    if len(segments) != len(scores) or (labels is not None and len(labels) != len(scores)):
        raise ValueError(
            f'The prediction of video {video} has {len(segments)} segments, {len(scores)} scores and '
            f'{None if labels is None else len(labels)} labels; there must be as many of each.'
        )
    if not (np.isfinite(segments).all() and np.isfinite(scores).all()):
        raise ValueError(f'The prediction of video {video} holds values that are no numbers (NaN or infinite).')
    return dict(video=video, segments=segments, scores=scores, labels=labels)


def _names(labels: list, classes: Sequence[str] | None, known: Mapping[Any, int]) -> list:
    """Labels as they stand in the annotations."""
    if not labels or isinstance(labels[0], str):
        return labels
    if classes is not None:
        wrong = [label for label in labels if not 0 <= label < len(classes)]
        if wrong:
            raise ValueError(f'The label {wrong[0]} is out of [0, {len(classes)}), the classes that are named.')
        return [classes[int(label)] for label in labels]
    if any(isinstance(name, str) for name in known):
        raise ValueError(
            f'Predictions have numbers as labels ({labels[0]}), and annotations names ({next(iter(known))!r}). Give '
            "the names: metric_options={'mAP': dict(classes=...)} or metainfo=dict(classes=...) of the dataset."
        )
    return labels
