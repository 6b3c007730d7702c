"""Actions of a long video, from its frames: features, segments, labels."""

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
from mmaction.inference.pipeline import config_of, config_steps
from mmaction.inference.run import PredictOptions, run_windows
from mmaction.inference.windows import DEFAULT_INTERVAL, WindowPipeline
from mmaction.models.localizers.feature_spec import contract_of
from mmaction.models.recognizers import BaseRecognizer
from mmaction.registry import TRANSFORMS
from mmaction.utils.labels import read_labels
from mmaction.video import VideoInput, input_name, open_video

VERSION = 'VERSION 1.3'


@dataclass(frozen=True)
class VideoFacts:
    """A video's name, number of frames and frames a second."""

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
    """Find what is done in a video, and when.

    The recognizer gives features of clips all along the video, of which only a few frames are in memory at any time;
    the localizer finds segments in them. A localizer that knows classes (ActionFormer) labels its segments; those of
    one that does not (BMN) are labelled by the classifier, and a score is then the product of both.

    Args:
        video: path of a video file or a folder of frames, or frames (T, H, W, 3).
        recognizer: model of :func:`init_recognizer` that the localizer was trained on the features of.
        localizer: model of :func:`init_localizer`.
        classifier: recognizer that labels the segments. Default: ``recognizer``.
        classes: names of the classes, or a file with one a line. Default: those that the localizer knows, else numbers.
        features: features (T, C) of the video or a file of them, in place of taking them from the frames.
        clip_interval: frames from a clip to the next. Default: so many that the steps are as long as those that the
            localizer was trained on, where its test pipeline tells, else 16.
        frame_interval, clip_len: of a clip. Default: of the recognizer's test pipeline.
        fps: frames a second. Default: of the video file; folders and arrays tell none.
        video_name: key of the results. Default: name of the file without its ending.
        max_segments: segments at most, before those below ``min_score`` go.
        min_score: segments have this score at least.
        batch_size: clips that go through a model at once.
        progress: show how far it is.

    Returns:
        ActivityNet's format: ``{'version', 'results': {name: [{'label', 'score', 'segment': [start, end]}]},
        'external_data'}``, in seconds, by falling score.

    Raises:
        FileNotFoundError: there is no video, or no file of features.
        VideoDecodeError: no frame of it decodes.
        ValueError: the frame rate is unknown, features are not finite or not those that the localizer takes, or there
            is nothing to label segments with.
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
        raise ValueError(f'The frame rate of {reader.name} is not known ({rate}). Give fps.')
    return float(rate)


def _test_steps(localizer: BaseModel) -> list[Any]:
    """The steps of the localizer's test pipeline, except for the one that loads features from a file."""
    steps = flatten(config_steps(config_of(localizer), loader_first=True))
    built = [TRANSFORMS.build(step) if isinstance(step, Mapping) else step for step in steps]
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
    """What a localizer finds in features: ``[{'segment': [start, end] in seconds, 'score', 'label' or none}]``.

    Args:
        localizer: the model.
        table: features (T, C), a row for every ``interval`` frames.
        interval: frames.
        facts: of the video.
    """
    if not np.isfinite(table).all():
        rows = np.flatnonzero(~np.isfinite(table).all(1))
        raise ValueError(
            f'{len(rows)} of the {len(table)} features of {facts.name} are NaN or infinite, the first in step '
            f'{rows[0]}. Extract them anew.'
        )
    spec = contract_of(localizer).feature_spec
    if spec.channels is not None and spec.channels != table.shape[1]:
        raise ValueError(
            f'The localizer takes features of {spec.channels} channels, those of {facts.name} have {table.shape[1]}. '
            'Give the recognizer whose features it was trained on.'
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
    """Predictions of either kind (see ``ANetMetric``), by falling score; segments of no length are left out."""
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
        model: a recognizer; its own test pipeline looks at each segment as at a video.
        reader: of the whole video.
        found: ``[{'segment', 'score'}]``.
        facts: of the video.
        batch_size: segments that go through the model at once.
    """
    if not model.with_cls_head:
        raise ValueError('The localizer gives no classes and the recognizer has no cls_head. Give a classifier.')
    pipeline = WindowPipeline(model.cfg)
    in_time = sorted(found, key=lambda entry: entry['segment'][0])  # frames are read once, in their order
    stretches = []
    for entry in in_time:
        start = min(max(round(entry['segment'][0] * facts.fps), 0), facts.num_frames - 1)
        end = min(max(round(entry['segment'][1] * facts.fps), start + 1), facts.num_frames)
        stretches.append((start, end))
    samples = pipeline.samples(reader, pipeline.draw_within(stretches), len(stretches))
    windows = run_windows(model, samples, scores=True, batch_size=batch_size, options=PredictOptions('prob'))
    rows = [scores for _, scores in windows if scores is not None]
    best, label = torch.cat(rows).max(1) if rows else (torch.zeros(0), torch.zeros(0, dtype=torch.long))
    labelled = [
        dict(segment=entry['segment'], score=entry['score'] * share, label=number)
        for entry, share, number in zip(in_time, best.tolist(), label.tolist())
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
