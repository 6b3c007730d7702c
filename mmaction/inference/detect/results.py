"""Detected actions as files: JSON with tracks, and CSV in AVA's format."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from mmaction.inference.detect.actions import KeyFrame, VideoActions
from mmaction.utils.files import complete_or_absent


def best_actions(
    scores: np.ndarray, classes: Mapping[int, str], score_thr: float = 0.0, topk: int | None = None
) -> list[tuple[int, float]]:
    """Classes of a person whose score exceeds a threshold, and the scores, the best first.

    Args:
        scores: (C,), of all outputs of the model.
        classes: names of those that count, by column.
        score_thr: a score must be greater.
        topk: largest number of classes.
    """
    known = [column for column in classes if column < len(scores)]
    ranked = sorted(known, key=lambda column: -scores[column])
    return [(column, float(scores[column])) for column in ranked[:topk] if scores[column] > score_thr]


def to_dict(result: VideoActions, score_thr: float = 0.0, topk: int | None = None) -> dict[str, Any]:
    """Plain numbers: facts of the video, and the tracks of its persons.

    Args:
        result: of :func:`detect_actions`.
        score_thr: actions must have a greater score.
        topk: largest number of actions of a person in a frame.

    Returns:
        ``video``, ``fps``, ``num_frames``, ``img_shape``, ``classes`` and ``tracks``. A track has ``track_id``,
        ``start_sec``, ``end_sec`` and ``boxes``, its key frames: ``frame``, ``time_sec``, ``box`` (xyxy in pixels),
        ``person_score`` and ``actions``, [{``label``, ``label_id``, ``score``}].
    """
    tracks: dict[int, list[dict[str, Any]]] = {}
    for key_frame, place, number in _persons(result.key_frames):
        best = best_actions(key_frame.scores[place], result.classes, score_thr, topk)
        tracks.setdefault(number, []).append(
            dict(
                frame=key_frame.frame,
                time_sec=round(result.second_of(key_frame.frame), 3),
                box=np.round(key_frame.persons.boxes[place].astype(np.float64), 2).tolist(),
                person_score=round(float(key_frame.persons.scores[place]), 4),
                actions=[
                    dict(label=result.classes[column], label_id=column, score=round(score, 4)) for column, score in best
                ],
            )
        )
    return dict(
        video=result.facts.name,
        fps=result.facts.fps,
        num_frames=result.facts.num_frames,
        img_shape=list(result.img_shape),
        classes={str(column): name for column, name in result.classes.items()},
        tracks=[
            dict(track_id=number, start_sec=boxes[0]['time_sec'], end_sec=boxes[-1]['time_sec'], boxes=boxes)
            for number, boxes in sorted(tracks.items())
        ],
    )


def _persons(key_frames: Sequence[KeyFrame]) -> Iterator[tuple[KeyFrame, int, int]]:
    """Iterate over all persons: key frame, place in it, number of the person."""
    for key_frame in key_frames:
        ids = key_frame.persons.ids
        numbers = range(1, len(key_frame.persons) + 1) if ids is None else ids.tolist()
        for place, number in enumerate(numbers):
            yield key_frame, place, number


def write_tracks(
    path: str | os.PathLike, result: VideoActions, score_thr: float = 0.0, topk: int | None = None
) -> None:
    """Write :func:`to_dict` to a json file."""
    with complete_or_absent(os.fspath(path)) as unfinished, open(unfinished, 'w', encoding='utf-8') as file:
        json.dump(to_dict(result, score_thr, topk), file, ensure_ascii=False, indent=1)


def ava_rows(result: VideoActions, score_thr: float = 0.0) -> Iterator[list[str]]:
    """Rows of AVA's format: video, timestamp, box relative to the frame, class index and score.

    The timestamp is in seconds, whole ones with four digits. AVA has a key frame per second: so has a detection whose
    ``predict_stepsize`` is the frame rate.
    """
    height, width = result.img_shape
    size = np.array([width, height, width, height], np.float64)
    half_frame = 0.5 / result.facts.fps
    for key_frame, place, _ in _persons(result.key_frames):
        second = result.second_of(key_frame.frame)
        is_whole = abs(second - round(second)) < half_frame
        timestamp = f'{round(second):04d}' if is_whole else f'{second:08.3f}'
        box = [f'{value:.4f}' for value in key_frame.persons.boxes[place] / size]
        for column, score in best_actions(key_frame.scores[place], result.classes, score_thr):
            yield [result.facts.name, timestamp, *box, str(column), f'{score:.4f}']


def write_ava_csv(path: str | os.PathLike, result: VideoActions, score_thr: float = 0.0) -> None:
    """Write :func:`ava_rows` to a csv file."""
    with complete_or_absent(os.fspath(path)) as unfinished, open(unfinished, 'w', newline='', encoding='utf-8') as file:
        csv.writer(file).writerows(ava_rows(result, score_thr))


@dataclass(frozen=True)
class TrackSummary:
    """A person: number, first and last time, and the actions with their durations in seconds, the longest first."""

    number: int
    start_sec: float
    end_sec: float
    actions: Sequence[tuple[str, float]]


def track_summaries(result: VideoActions, score_thr: float) -> list[TrackSummary]:
    """Summarize the persons of a video; a key frame stands for the time up to the next one.

    Args:
        result: of :func:`detect_actions`.
        score_thr: actions must have a greater score.
    """
    frames = [key_frame.frame for key_frame in result.key_frames]
    stops = [result.second_of(frame) for frame in (*frames, result.facts.num_frames)]
    spans = dict(zip(frames, pairwise(stops)))
    times: dict[int, list[tuple[float, float]]] = {}
    durations: dict[int, dict[str, float]] = {}
    for key_frame, place, number in _persons(result.key_frames):
        start, end = spans[key_frame.frame]
        times.setdefault(number, []).append((start, end))
        own = durations.setdefault(number, {})
        for column, _ in best_actions(key_frame.scores[place], result.classes, score_thr):
            name = result.classes[column]
            own[name] = own.get(name, 0.0) + end - start
    return [
        TrackSummary(number, seen[0][0], seen[-1][1], sorted(durations[number].items(), key=lambda item: -item[1]))
        for number, seen in sorted(times.items())
    ]
