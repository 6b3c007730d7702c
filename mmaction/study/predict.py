"""Predictions of a trained model: probabilities of the steps, and segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from mmaction.annotations import Segment
from mmaction.apis import init_localizer
from mmaction.inference.localize import VideoFacts, find_segments
from mmaction.inference.segmentation import segments_of_scores
from mmaction.models.segmentation import Segmentor
from mmaction.study.calibrate import calibrated
from mmaction.study.encode import Steps
from mmaction.study.run import Run, Scores, Task

__all__ = ['Predicted', 'Predictor']


@dataclass(frozen=True, eq=False)
class Predicted:
    """The prediction for a video.

    Attributes:
        segments: in the order of time, with calibrated scores; one of the whole video where it has one label.
        scores: of its steps.
    """

    segments: tuple[Segment, ...]
    scores: Scores


@dataclass(frozen=True)
class Predictor:
    """A trained model and what turns its output into annotations.

    Attributes:
        model: in evaluation mode.
        task: that it was trained for.
        classes: class names.
        background: those of them that stand for no segment.
        temperature: of the scores.
        scale: factor of the features.
        name: of the model, in the segments.
    """

    model: nn.Module
    task: Task
    classes: Sequence[str]
    background: Sequence[str] = ()
    temperature: float = 1.0
    scale: float = 1.0
    name: str = ''

    @classmethod
    def of_run(cls, run: Run) -> Predictor:
        """The model of a run.

        Raises:
            FileNotFoundError: a file of the run is gone.
            ValueError: its checkpoint is of another model.
        """
        record = run.record
        model = init_localizer(str(run.model_config), run.checkpoint, 'cpu')
        return cls(model, record.task, record.classes, record.background, record.temperature, record.scale, run.name)

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Probabilities of the steps (T, K), not calibrated, from features (T, C)."""
        if not isinstance(self.model, Segmentor):
            raise TypeError(f'{type(self.model).__name__} gives no probabilities of steps.')
        (sample,) = self.model([torch.from_numpy(np.ascontiguousarray(features.T))], mode='predict')
        scores: np.ndarray = sample.pred_score.cpu().numpy()
        return scores

    def __call__(self, steps: Steps, min_sec: float = 0.0) -> Predicted:
        """Predict a video.

        Args:
            steps: its features.
            min_sec: shorter segments are left out.
        """
        scaled = replace(steps, features=(steps.features * self.scale).astype(np.float32))
        return _PREDICT[self.task](self, scaled, min_sec)

    def _frames(self, steps: Steps, min_sec: float) -> Predicted:
        scores = calibrated(self.probabilities(steps.features), self.temperature)
        segments = segments_of_scores(scores, steps.edges, self.classes, self.background, min_sec, self.name)
        return Predicted(tuple(segments), Scores(scores, steps.edges[:-1], steps.edges[1:]))

    def _clips(self, steps: Steps, min_sec: float) -> Predicted:
        # All steps have the scores of the video.
        scores = calibrated(self.probabilities(steps.features)[:1], self.temperature)
        edges = steps.edges[[0, -1]]
        segments = segments_of_scores(scores, edges, self.classes, (), min_sec, self.name)
        return Predicted(tuple(segments), Scores(scores, edges[:1], edges[1:]))

    def _events(self, steps: Steps, min_sec: float) -> Predicted:
        facts = VideoFacts('video', len(steps.features), 1 / steps.step_sec)
        scores = np.zeros((len(steps.features), len(self.classes)), np.float32)
        segments = []
        for entry in find_segments(self.model, steps.features, 1, facts):
            start, end = (float(time) for time in np.clip(entry['segment'], 0, steps.edges[-1]))
            score = self._event_score(float(entry['score']))
            if end <= start or end - start < min_sec:
                continue
            label = entry['label']
            column = self.classes.index(label) if isinstance(label, str) else int(label)
            inside = (steps.centres >= start) & (steps.centres < end)
            scores[inside, column] = np.maximum(scores[inside, column], score)
            segments.append(Segment(start, end, self.classes[column], score=score, model=self.name))
        segments.sort(key=lambda segment: (segment.start_sec, segment.end_sec))
        return Predicted(tuple(segments), Scores(scores, steps.edges[:-1], steps.edges[1:]))

    def _event_score(self, score: float) -> float:
        """The probability that a segment is right."""
        return float(calibrated(np.array([1 - score, score]), self.temperature)[1])


_PREDICT = {'clips': Predictor._clips, 'frames': Predictor._frames, 'events': Predictor._events}
