"""Localization of the actions in a long video: features, segments, labels."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.dataset import Compose, pseudo_collate
from mmengine.model import BaseModel

from mmaction.datasets.transforms.contract import flatten, reads_of
from mmaction.datasets.transforms.localization import SegmentsOnFeatureGrid, read_features
from mmaction.datasets.transforms.localization.grid import resize_steps
from mmaction.inference.features import clip_features
from mmaction.inference.pipeline import built_step, config_of, config_steps
from mmaction.inference.run import PredictOptions, run_windows
from mmaction.inference.windows import DEFAULT_INTERVAL, WindowPipeline
from mmaction.models.localizers.feature_spec import contract_of
from mmaction.models.recognizers import BaseRecognizer
from mmaction.utils.labels import read_labels
from mmaction.video import VideoInput, input_name, open_video

VERSION = 'VERSION 1.3'


@dataclass(frozen=True)
class VideoFacts:
    """A video's name, number of frames and frames per second."""

    name: str
    num_frames: int
    fps: float

    @property
    def duration_sec(self) -> float:
        """Duration in seconds."""
        return self.num_frames / self.fps


def localize(
    video: VideoInput,
    recognizer: BaseRecognizer,
    localizer: BaseModel,
    *,
    classifier: BaseRecognizer | None = None,
    classes: Sequence[str] | str | os.PathLike | None = None,
    features: np.ndarray | str | os.PathLike | None = None,
    clip_interval: int | None = None,
    frame_interval: int | None = None,
    clip_len: int | None = None,
    fps: float | None = None,
    video_name: str | None = None,
    max_segments: int = 20,
    min_score: float = 0.0,
    batch_size: int = 8,
    progress: bool = False,
) -> dict[str, Any]:
    """Find the actions in a video, and their times.

    The recognizer extracts features of clips along the whole video, of which only a few frames are in memory at any
    time; the localizer finds segments in them. A localizer with classes (ActionFormer) labels its segments; those of
    one without (BMN) are labelled by the classifier, and a score is then the product of both scores.

    Args:
        video: path of a video file or a folder of frames, or frames (T, H, W, 3).
        recognizer: model of :func:`init_recognizer`, on whose features the localizer was trained.
        localizer: model of :func:`init_localizer`.
        classifier: recognizer that labels the segments. Default: ``recognizer``.
        classes: class names, or a file with one per line. Default: those of the localizer, else class indices.
        features: features (T, C) of the video, or a file of them, instead of extracting them.
        clip_interval: frames from one clip to the next. Default: as far apart in time as in the localizer's training,
            if its test pipeline states it, else 16.
        frame_interval: frames between the frames of a clip. Default: of the recognizer's test pipeline.
        clip_len: frames per clip. Default: of the recognizer's test pipeline.
        fps: frames per second. Default: of the video file; folders and arrays have none.
        video_name: key of the results. Default: name of the file without suffix.
        max_segments: maximum number of segments, before ``min_score`` is applied.
        min_score: minimum score of the segments.
        batch_size: clips per batch.
        progress: show a progress bar.

    Returns:
        ActivityNet's format: ``{'version', 'results': {name: [{'label', 'score', 'segment': [start, end]}]},
        'external_data'}``, in seconds, by descending score.

    Raises:
        FileNotFoundError: there is no such video or file of features.
        VideoDecodeError: none of its frames can be decoded.
        ValueError: the frame rate is unknown, features are not finite or have another number of channels than the
            localizer, or nothing labels the segments.
    """
    if max_segments < 1:
        raise ValueError(f'max_segments ({max_segments}) must be at least 1.')
    pipeline = WindowPipeline(recognizer.cfg)
    with open_video(video, naming=pipeline.naming) as reader:
        facts = VideoFacts(video_name or input_name(video) or 'video', len(reader), _frame_rate(fps, reader))
        interval = clip_interval or _interval(localizer, facts.fps)
        if features is None:
            grid = pipeline.clip_grid(interval, frame_interval, clip_len, model=recognizer)
            table = clip_features(recognizer, pipeline, reader, grid, batch_size, progress)
        else:
            table = _given_features(features, facts.name)
        found = find_segments(localizer, table, interval, facts)[:max_segments]
        names = _class_names(classes, localizer)
        if any(entry.get('label') is None for entry in found):
            found = label_segments(classifier or recognizer, reader, found, facts, batch_size)
    entries = [
        dict(label=_name(entry['label'], names), score=entry['score'], segment=entry['segment'])
        for entry in found
        if entry['score'] >= min_score
    ]
    return dict(version=VERSION, results={facts.name: entries}, external_data={})


# ---------------------------------------------------------------------------------------------------------- features
def _frame_rate(fps: float | None, reader: Any) -> float:
    rate = reader.avg_fps if fps is None else fps
    if not rate > 0:
        raise ValueError(f'The frame rate of {reader.name} is unknown ({rate}). Pass fps.')
    return float(rate)


def _test_steps(localizer: BaseModel) -> list[Any]:
    """The steps of the localizer's test pipeline, except for the one that loads features from a file."""
    steps = flatten(config_steps(config_of(localizer), loader_first=True))
    built = map(built_step, steps)
    return [step for step in built if 'feature_path' not in reads_of(step)]


def _grid_of(steps: Sequence[Any]) -> SegmentsOnFeatureGrid | None:
    """The step that places the features in time."""
    return next((step for step in steps if isinstance(step, SegmentsOnFeatureGrid)), None)


def _interval(localizer: BaseModel, fps: float) -> int:
    """Frames between clips, so that they lie as far apart in time as those that the localizer was trained on."""
    grid = _grid_of(_test_steps(localizer))
    stride = contract_of(localizer).feature_spec.stride
    rate = fps
    if stride is None and grid is not None:
        stride = grid.stride
        rate = grid.fps or fps
    if stride is None:
        return DEFAULT_INTERVAL
    return max(round(stride / rate * fps), 1)


def _given_features(features: np.ndarray | str | os.PathLike, name: str) -> np.ndarray:
    if isinstance(features, str | os.PathLike):
        return read_features(os.fspath(features), name)
    table = np.asarray(features, np.float32)
    if table.ndim != 2 or not table.size:
        raise ValueError(f'Features of {name} must be (T, C) with T at least 1, got {table.shape}.')
    return table


# ---------------------------------------------------------------------------------------------------------- segments
def find_segments(localizer: BaseModel, table: np.ndarray, interval: int, facts: VideoFacts) -> list[dict[str, Any]]:
    """Find segments in features: ``[{'segment': [start, end] in seconds, 'score', 'label' or None}]``.

    Args:
        localizer: the model.
        table: features (T, C), one row per ``interval`` frames.
        interval: frames.
        facts: of the video.
    """
    if not np.isfinite(table).all():
        rows = np.flatnonzero(~np.isfinite(table).all(1))
        raise ValueError(
            f'{len(rows)} of the {len(table)} features of {facts.name} are NaN or infinite, the first at step '
            f'{rows[0]}. Extract them again.'
        )
    spec = contract_of(localizer).feature_spec
    if spec.channels is not None and spec.channels != table.shape[1]:
        raise ValueError(
            f'The localizer needs features of {spec.channels} channels, those of {facts.name} have {table.shape[1]}. '
            'Pass the recognizer on whose features it was trained.'
        )
    steps = _test_steps(localizer)
    grid = _grid_of(steps)
    if grid is not None:
        # Each clip lies in the middle of its interval.
        fitted = grid.with_steps(stride=interval, num_frames=interval, fps=facts.fps)
        steps = [fitted if step is grid else step for step in steps]
    elif spec.num_steps is not None and spec.num_steps != len(table):
        table = resize_steps(table.T, spec.num_steps).T
    data = Compose(steps)(
        dict(
            raw_feature=np.ascontiguousarray(table.T),
            video_name=facts.name,
            duration_second=facts.duration_sec,
            duration_frame=facts.num_frames,
            feature_frame=facts.num_frames,
            fps=facts.fps,
            annotations=[],
        )
    )
    with torch.no_grad():
        predicted = localizer.test_step(pseudo_collate([data]))[0]
    return _entries(predicted)


def _entries(predicted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Predictions of either kind (see ``ANetMetric``), by descending score, without segments of zero length."""
    if 'segments' in predicted:
        columns = (np.asarray(predicted[key]).tolist() for key in ('segments', 'scores', 'labels'))
        found = [dict(segment=span, score=score, label=label) for span, score, label in zip(*columns)]
    else:
        found = [dict(label=None) | dict(entry) for entry in predicted['proposal_list']]
    found = [entry for entry in found if entry['segment'][1] > entry['segment'][0]]
    return sorted(found, key=lambda entry: -entry['score'])


# ------------------------------------------------------------------------------------------------------------ labels
def label_segments(
    model: BaseRecognizer, reader: Any, found: Sequence[Mapping[str, Any]], facts: VideoFacts, batch_size: int = 8
) -> list[dict[str, Any]]:
    """Give each segment its most probable class, and the product of both scores.

    Args:
        model: a recognizer; its own test pipeline samples each segment like a video.
        reader: of the whole video.
        found: ``[{'segment', 'score'}]``.
        facts: of the video.
        batch_size: segments per batch.
    """
    if not model.with_cls_head:
        raise ValueError('The localizer has no classes and the recognizer no cls_head. Pass a classifier.')
    pipeline = WindowPipeline(model.cfg)
    in_time = sorted(found, key=lambda entry: entry['segment'][0])  # frames are read once, in their order
    spans = []
    for entry in in_time:
        start = min(max(round(entry['segment'][0] * facts.fps), 0), facts.num_frames - 1)
        end = min(max(round(entry['segment'][1] * facts.fps), start + 1), facts.num_frames)
        spans.append((start, end))
    samples = pipeline.samples(reader, pipeline.draw_within(spans), len(spans))
    windows = run_windows(model, samples, scores=True, batch_size=batch_size, options=PredictOptions('prob'))
    rows = [scores for _, scores in windows if scores is not None]
    best, label = torch.cat(rows).max(1) if rows else (torch.zeros(0), torch.zeros(0, dtype=torch.long))
    labelled = [
        dict(segment=entry['segment'], score=entry['score'] * probability, label=number)
        for entry, probability, number in zip(in_time, best.tolist(), label.tolist())
    ]
    return sorted(labelled, key=lambda entry: -entry['score'])


def _class_names(classes: Sequence[str] | str | os.PathLike | None, localizer: BaseModel) -> list[str] | None:
    if classes is None:
        return contract_of(localizer).class_names
    if not isinstance(classes, str | os.PathLike):
        return list(classes)
    return read_labels(classes)


def _name(label: int | str, names: Sequence[str] | None) -> str:
    if isinstance(label, str):
        return label
    return names[label] if names is not None and 0 <= label < len(names) else f'class {label}'
