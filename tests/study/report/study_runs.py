"""Small runs with known content, for the tests of reports."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np

from mmaction.annotations import Project, Segment, Video
from mmaction.study.report.evidence import Evidence, Outcome
from mmaction.study.run import Encoder, RunRecord, Scores, save_run
from mmaction.video import write_frames
from mmaction.video.synthetic import moving_texture

HOSTILE = '<script>alert("x")</script> & 毛づくろい'
NAMES = ['background', 'walk', HOSTILE]


def one_hot(labels, num_classes=3, peak=0.9):
    """Scores (T, K) that are ``peak`` for the label of each step, and share the rest."""
    scores = np.full((len(labels), num_classes), (1 - peak) / (num_classes - 1), np.float32)
    scores[np.arange(len(labels)), labels] = peak
    return scores


def segments(labels, scores=None, names=NAMES):
    """Segments of equal labels above 0, with steps of a second."""
    found = []
    edges = [0, *(np.flatnonzero(np.diff(labels)) + 1), len(labels)]
    for first, last in pairwise(edges):
        label = int(labels[first])
        if label:
            score = None if scores is None else float(scores[first:last, label].mean())
            found.append(Segment(float(first), float(last), names[label], score=score))
    return tuple(found)


def outcome(true, predicted, name='a.mp4', peak=0.9):
    """A video with a label per second."""
    scores = one_hot(predicted, peak=peak)
    start = np.arange(len(true), dtype=np.float64)
    video = Video(name, duration_sec=float(len(true)))
    return Outcome(
        replace(video, segments=segments(true)),
        replace(video, segments=segments(predicted, scores)),
        scores,
        np.stack([start, start + 1], axis=1),
    )


def frames_evidence(*pairs, peak=0.9):
    """Evidence of ``frames`` of pairs (true, predicted) of labels per second."""
    outcomes = [outcome(*pair, name=f'{number}.mp4', peak=peak) for number, pair in enumerate(pairs)]
    return Evidence('frames', NAMES, outcomes)


def record(task='frames', videos=('a.mp4',), **changes):
    """A record of a run."""
    values = dict(
        task=task,
        reason='the labels cover most of the time',
        data='data/study',
        classes=NAMES,
        background=['background'],
        encoder=Encoder('tsn', 'encoder.py', '', 'id', 8, 'CC BY-NC 4.0'),
        step_sec=1.0,
        scale=1.0,
        model='mstcnpp',
        model_config='model.py',
        checkpoint='model.pth',
        temperature=1.0,
        seed=0,
        videos={'train': ['t.mp4'], 'val': list(videos)},
        metrics={'acc': 75.0, 'edit': 60.0, 'acc_walk': 5.0},
        baselines={'majority': {'acc': 50.0}, 'linear': {'acc': 70.0}},
    )
    known = {item.name for item in fields(RunRecord)}
    return RunRecord(**{name: value for name, value in {**values, **changes}.items() if name in known})


def write_run(folder, outcomes, task='frames', **changes):
    """Write the folder of a run."""
    truth = Project(tuple(item.truth for item in outcomes), tuple(NAMES))
    predictions = Project(tuple(item.predicted for item in outcomes), tuple(NAMES))
    scores = {item.name: Scores(item.scores, item.spans[:, 0], item.spans[:, 1]) for item in outcomes}
    folder.mkdir(parents=True, exist_ok=True)
    made = record(task, [item.name for item in outcomes], **changes)
    return save_run(folder, made, predictions, truth, scores)


def with_file(item, path, seconds=8):
    """The same video with a file of 10 frames per second."""
    write_frames(path, moving_texture(seconds * 10, 48, 64), 10)
    facts = dict(path=str(path.absolute()), fps=10.0, num_frames=seconds * 10, size=(64, 48))
    return replace(item, truth=replace(item.truth, **facts), predicted=replace(item.predicted, **facts), path=str(path))
