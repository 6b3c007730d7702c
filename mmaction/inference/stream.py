"""Recognition of a stream of frames: a window that moves with it, whatever its length."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate

from mmaction.inference.pipeline import config_of
from mmaction.inference.run import predict_batch
from mmaction.inference.windows import WindowPipeline
from mmaction.models import BaseRecognizer
from mmaction.utils.check import at_least, positive, within

Frame = np.ndarray  # uint8 (H, W, 3), RGB
Scores = np.ndarray  # float32 (classes,)


@dataclass(frozen=True)
class Moment:
    """A frame of a stream, and what is known when it is shown.

    Attributes:
        number: of the frame, from 0.
        frame: uint8 (H, W, 3), RGB.
        scores: float32 (classes,), of the last window that was recognized; None before the first one.
    """

    number: int
    frame: Frame
    scores: Scores | None


class FrameRecognizer:
    """A recognizer of the last frames of a stream, which stand for those that its test pipeline samples.

    Args:
        model: of ``init_recognizer``.

    Attributes:
        length: number of frames that it takes: those of all clips of the test pipeline.

    Raises:
        ValueError: the test pipeline has no step that samples frames or none that decodes them.
    """

    def __init__(self, model: BaseRecognizer) -> None:
        self.model = model
        self._pipeline = WindowPipeline(config_of(model))
        sampler = self._pipeline.sampler
        if sampler is None:
            raise ValueError('The test pipeline has no step that samples frames, such as SampleFrames.')
        self._clip_len = sampler.clip_len
        self._num_clips = sampler.num_clips
        self.length = self._clip_len * self._num_clips

    def __call__(self, frames: Sequence[Frame]) -> Scores:
        """Class scores of ``length`` frames."""
        sample = self._pipeline.sample_of(np.stack(list(frames)), self._clip_len, self._num_clips)
        (result,) = predict_batch(self.model, pseudo_collate([sample]))
        scores: Scores = torch.as_tensor(result.pred_score).float().cpu().numpy()
        return scores


def slide(frames: Iterable[Frame], recognize: FrameRecognizer, step: int = 1, stride: float = 0.0) -> Iterator[Moment]:
    """Recognize a window that slides over a video, however long.

    Args:
        frames: of the video.
        recognize: the recognizer.
        step: every ``step``-th frame enters the window.
        stride: part of the window that is new each time, in (0, 1]; 0 moves it by one frame.

    Yields:
        Each frame.

    Raises:
        ValueError: ``step`` or ``stride`` is out of range.
    """
    at_least(1, step, 'step')
    within(0, 1, stride, 'stride')
    window: deque[Frame] = deque(maxlen=recognize.length)
    dropped = max(int(stride * recognize.length), 1)
    scores: Scores | None = None
    for number, frame in enumerate(frames):
        if number % step == 0:
            window.append(frame)
            if len(window) == recognize.length:
                scores = recognize(window)
                for _ in range(dropped):
                    window.popleft()
        yield Moment(number, frame, scores)


def follow(
    frames: Iterable[Frame],
    recognize: FrameRecognizer,
    per_second: float,
    average: int = 1,
    clock: Callable[[int], float] | None = None,
) -> Iterator[Moment]:
    """Recognize the last frames of a live stream a few times per second, while the others are shown.

    Args:
        frames: of the stream.
        recognize: the recognizer; runs in a thread of its own, so that the stream does not wait.
        per_second: windows to recognize per second; 0 for as many as the recognizer can.
        average: scores to average over.
        clock: number of a frame -> its time in seconds. Given for a file, whose frames wait for the recognizer, so that
            each run gives the same. Default: the time of day.

    Yields:
        Each frame.
    """
    at_least(0, per_second, 'per_second')
    at_least(1, average, 'average')
    window: deque[Frame] = deque(maxlen=recognize.length)
    recent: deque[Scores] = deque(maxlen=average)
    due = -np.inf
    running: Future[Scores] | None = None
    with ThreadPoolExecutor(1) as pool:
        for number, frame in enumerate(frames):
            window.append(frame)
            now = time.monotonic() if clock is None else clock(number)
            if running is None and len(window) == recognize.length and now >= due:
                running = pool.submit(recognize, tuple(window))
                due = now + (1 / per_second if per_second else 0.0)
            if running is not None and (clock is not None or running.done()):
                recent.append(running.result())
                running = None
            yield Moment(number, frame, np.mean(recent, axis=0) if recent else None)


def at_rate(frames: Iterable[Frame], per_second: float) -> Iterator[Frame]:
    """Yield frames no faster than ``per_second``."""
    positive(per_second, 'per_second')
    due = time.monotonic()
    for frame in frames:
        wait = due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        due = max(due, time.monotonic()) + 1 / per_second
        yield frame


def best_labels(scores: Scores, labels: Sequence[str], threshold: float, count: int = 5) -> list[tuple[str, float]]:
    """Names and scores of the best classes above a threshold, best first."""
    found: list[tuple[str, float]] = []
    for label in np.argsort(-scores, kind='stable')[:count].tolist():
        if scores[label] >= threshold:
            name = labels[label] if label < len(labels) else f'class {label}'
            found.append((name, float(scores[label])))
    return found


def check_labels(model: Any, labels: Sequence[str]) -> None:
    """Check the number of class names.

    Raises:
        ValueError: there are fewer than classes.
    """
    classes = getattr(getattr(model, 'cls_head', None), 'num_classes', None)
    if classes is not None and len(labels) < classes:
        raise ValueError(f'There are {len(labels)} class names for the {classes} classes of the model.')
