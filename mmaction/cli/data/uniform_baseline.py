"""What segments are worth that were made without a look at the videos: ``uniform_baseline.py TRAIN VAL``."""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from mmaction.cli.command import entry_points
from mmaction.evaluation import ANetMetric

QUANTILES = (0.5, 0.25, 0.75, 0.1, 0.9)  # of the lengths of the actions for training, the likeliest first
OVERLAP = 0.5


HELP = (
    'Evaluate segments at regular places, as long as actions for training are, with each class as '
    'probable as it is among these'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/untrimmed/uniform_baseline.py``."""
    parser.add_argument('train', help="annotation for training, in ActivityNetDataset's format")
    parser.add_argument('val', help='annotation to evaluate on')
    parser.add_argument(
        '--results',
        nargs='+',
        help="evaluate these as well: json in ActivityNet's format, together for all videos (a file each will do)",
    )
    parser.add_argument('--iou', type=float, nargs='+', default=[0.3, 0.5, 0.7], help='thresholds of mAP')


def run(args: argparse.Namespace) -> None:
    """Evaluate."""
    val = _read(args.val)
    _show('uniform segments', evaluate(_read(args.train), val, args.iou))
    if args.results:
        _show('results', evaluate_results([_read(path) for path in args.results], val, args.iou))


def _show(title: str, figures: dict[str, float]) -> None:
    print(f'{title}: ' + ', '.join(f'{name} {value:.4f}' for name, value in figures.items()))


def _read(path: str) -> dict[str, dict]:
    if not os.path.isfile(path):
        raise FileNotFoundError(f'There is no annotation at {path}.')
    with open(path, encoding='utf-8') as file:
        return json.load(file)


def evaluate(train: dict[str, dict], val: dict[str, dict], thresholds: Sequence[float]) -> dict[str, float]:
    """AR@AN and mAP of uniform segments on ``val``, with lengths and classes of ``train``."""
    annotations = [entry for info in train.values() for entry in info['annotations']]
    lengths = np.quantile([entry['segment'][1] - entry['segment'][0] for entry in annotations], QUANTILES)
    counts = Counter(entry['label'] for entry in annotations)
    priors = {label: count / len(annotations) for label, count in counts.items()}
    blind = {name: uniform_segments(info['duration_second'], lengths) for name, info in val.items()}
    options = dict(mAP=dict(temporal_iou_thresholds=list(thresholds)))
    # recall counts segments, so that these take part once; precision is by class, so that each is of all classes
    figures = _figures(ANetMetric('AR@AN'), val, {name: (*found, None) for name, found in blind.items()})
    labelled = {name: _of_all_classes(*found, priors) for name, found in blind.items()}
    return figures | _figures(ANetMetric('mAP', metric_options=options), val, labelled)


def evaluate_results(
    results: Sequence[dict[str, Any]], val: dict[str, dict], thresholds: Sequence[float]
) -> dict[str, float]:
    """AR@AN and mAP of detections in ActivityNet's format.

    Raises:
        ValueError: a video has no results.
    """
    entries = {video: found for part in results for video, found in part['results'].items()}
    missing = [name for name in val if name not in entries]
    if missing:
        raise ValueError(f'There are no results for {len(missing)} of {len(val)} videos, the first is {missing[0]}.')
    found = {}
    for name in val:
        spans = np.array([entry['segment'] for entry in entries[name]], np.float64).reshape(-1, 2)
        scores = np.array([entry['score'] for entry in entries[name]], np.float64)
        found[name] = (spans, scores, [entry['label'] for entry in entries[name]])
    options = dict(mAP=dict(temporal_iou_thresholds=list(thresholds)))
    return _figures(ANetMetric(['AR@AN', 'mAP'], metric_options=options), val, found)


def uniform_segments(duration_sec: float, lengths: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Segments (N, 2) that overlap by half over the whole video, of each length; scores (N,) fall with the length's."""
    spans, scores = [], []
    for rank, length in enumerate(lengths):
        length = min(length, duration_sec)
        count = max(round((duration_sec - length) / (length * (1 - OVERLAP))) + 1, 1)
        starts = np.linspace(0, duration_sec - length, count)
        spans.append(np.stack([starts, starts + length], 1))
        scores.append(np.full(count, 1 / (1 + rank)))
    order = np.concatenate([spread(len(part)) for part in spans])  # any first few lie all over the video
    scores = np.concatenate(scores) - 1e-4 * order
    return np.concatenate(spans), scores


def spread(count: int) -> np.ndarray:
    """Ranks of 0..count-1 such that the first few lie far apart: 0 for the middle one, then those of the halves, ..."""
    rank = np.empty(count, int)
    pending, done = [(0, count)], 0
    while pending:
        low, high = pending.pop(0)
        if low < high:
            middle = (low + high) // 2
            rank[middle] = done
            done += 1
            pending += [(low, middle), (middle + 1, high)]
    return rank


def _of_all_classes(
    spans: np.ndarray, scores: np.ndarray, priors: dict[str, float]
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    share = np.repeat(list(priors.values()), len(scores))
    return (
        np.tile(spans, (len(priors), 1)),
        np.tile(scores, len(priors)) * share,
        np.repeat([*priors], len(scores)).tolist(),
    )


def _figures(metric: Any, val: dict[str, dict], found: dict[str, tuple]) -> dict[str, float]:
    samples, predictions = [], []
    for name, (spans, scores, labels) in found.items():
        meta = dict(video_name=name, annotations=val[name]['annotations'])
        samples.append(SimpleNamespace(metainfo=meta))
        predictions.append(dict(video_name=name, segments=spans, scores=scores, labels=labels))
    metric.process(dict(data_samples=samples), predictions)
    return dict(metric.evaluate(len(val)))


parse_args, main = entry_points(__name__)
