"""Detection of actions in a video: who does what, where and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.dataset import pseudo_collate
from mmengine.model import BaseModel

from mmaction.inference.detect.classes import action_names
from mmaction.inference.detect.clips import KeyFrameClips
from mmaction.inference.detect.persons import LearnsFromVideo, PersonBoxes, PersonDetector, above, check_boxes
from mmaction.inference.detect.tracker import IoUTracker
from mmaction.inference.localize import VideoFacts
from mmaction.inference.pipeline import config_of
from mmaction.inference.run import predict_batch
from mmaction.inference.windows import FrameCache
from mmaction.utils.check import at_least, positive
from mmaction.utils.progress import track
from mmaction.video import FrameReader, VideoInput, input_name, open_video
from mmaction.video.times import uneven_starts


@dataclass(frozen=True, eq=False)
class KeyFrame:
    """The persons in a frame and the scores of their actions.

    Attributes:
        frame: number of the frame, from 0.
        persons: N persons with ``ids``, boxes in pixels of the video.
        scores: float32 (N, C), of all outputs of the model.
    """

    frame: int
    persons: PersonBoxes
    scores: np.ndarray


@dataclass(frozen=True, eq=False)
class VideoActions:
    """The detected actions of a video.

    Attributes:
        facts: name, length and frame rate of the video.
        img_shape: height and width of its frames.
        classes: names of the classes, by column of the scores.
        key_frames: in their order.
        starts: (num_frames + 1,), when each frame starts and when the last one ends, in seconds, of a video whose
            frames are unevenly long; None for frames of ``facts.fps``.
    """

    facts: VideoFacts
    img_shape: tuple[int, int]
    classes: Mapping[int, str]
    key_frames: Sequence[KeyFrame]
    starts: np.ndarray | None = None

    def second_of(self, frame: int) -> float:
        """When a frame starts, in seconds; the end of the video for its number of frames."""
        return frame / self.facts.fps if self.starts is None else float(self.starts[frame])


@dataclass(frozen=True)
class Steps:
    """Distances of frames.

    Attributes:
        predict: frames from one key frame to the next.
        detect: frames from one detection of persons to the next, a divisor of ``predict``; None for the same. People
            who move fast are followed better with more detections.
    """

    predict: int = 8
    detect: int | None = None

    def __post_init__(self) -> None:
        at_least(1, self.predict, 'predict_stepsize')
        if self.detect is not None and (self.detect < 1 or self.predict % self.detect):
            raise ValueError(f'detect_stepsize ({self.detect}) must divide predict_stepsize ({self.predict}).')

    def detections(self, key_frame: int) -> list[int]:
        """Frames to detect persons in, from after the last key frame up to this one."""
        step = self.detect or self.predict
        return [frame for frame in range(key_frame - self.predict + step, key_frame + 1, step) if frame >= 0]


class ActionDetector:
    """A model of ``configs/detection`` that scores the persons of single frames; the model stays as it is.

    Args:
        model: of :func:`init_recognizer`, with ``cfg``.
        batch_size: key frames per batch.
    """

    def __init__(self, model: BaseModel, batch_size: int = 1) -> None:
        self.model = model
        self.batch_size = at_least(1, batch_size, 'batch_size')
        self.clips = KeyFrameClips(config_of(model))

    def score(self, clips: Iterable[tuple[int, PersonBoxes, dict[str, Any] | None]]) -> Iterator[KeyFrame]:
        """Score the persons of key frames.

        Args:
            clips: number of the key frame, its persons, and the packed clip, which is None without persons.

        Yields:
            The key frames, in their order.
        """
        waiting: list[tuple[int, PersonBoxes, dict[str, Any] | None]] = []
        for clip in clips:
            waiting.append(clip)
            if sum(data is not None for _, _, data in waiting) == self.batch_size:
                yield from self._score(waiting)
                waiting = []
        yield from self._score(waiting)

    def _score(self, clips: Sequence[tuple[int, PersonBoxes, dict[str, Any] | None]]) -> Iterator[KeyFrame]:
        packed = [data for _, _, data in clips if data is not None]
        predicted = iter(predict_batch(self.model, pseudo_collate(packed)) if packed else ())
        for frame, persons, data in clips:
            scores = np.zeros((0, 0), np.float32)
            if data is not None:
                scores = _scores_of(next(predicted), self.model)
            yield KeyFrame(frame, persons, scores)


def _scores_of(sample: Any, model: BaseModel) -> np.ndarray:
    instances = sample.get('pred_instances') if hasattr(sample, 'get') else None
    if instances is None or 'scores' not in instances:
        raise ValueError(
            f'{type(model).__name__} predicts no scores of boxes: it is no action detector. Give the config of one, '
            'such as those of configs/detection.'
        )
    scores: np.ndarray = instances.scores.float().cpu().numpy()
    return scores


def default_tracker(steps: Steps) -> IoUTracker:
    """A tracker that bridges four missed detections."""
    return IoUTracker(max_gap=4 * (steps.detect or steps.predict))


def find_persons(
    frames: Mapping[int, np.ndarray], detector: PersonDetector, tracker: IoUTracker, score_thr: float
) -> PersonBoxes:
    """Detect and follow the persons in some frames; those of the last frame, with ``ids``.

    Args:
        frames: uint8 (H, W, 3) by number, in their order.
        detector: finds them.
        tracker: numbers them.
        score_thr: smallest score of a person.
    """
    persons = PersonBoxes.nobody()
    for index, frame in frames.items():
        found = check_boxes(detector(frame, index), detector).within(*frame.shape[:2])
        persons = tracker.update(above(found, score_thr), index)
    return persons


def iter_key_frames(
    actions: ActionDetector,
    reader: FrameReader,
    detector: PersonDetector,
    *,
    steps: Steps = Steps(),
    tracker: IoUTracker | None = None,
    person_score_thr: float = 0.0,
    progress: bool = False,
) -> Iterator[KeyFrame]:
    """Detect the actions in a video, key frame by key frame; only the frames of a clip are in memory.

    Args:
        actions: scores the persons.
        reader: of the video.
        detector: finds the persons.
        steps: frames between key frames, and between detections of persons.
        tracker: numbers the persons. Default: see :func:`default_tracker`.
        person_score_thr: smallest score of a person.
        progress: show a progress bar.
    """
    if isinstance(detector, LearnsFromVideo):
        detector.learn(reader)
    tracker = tracker or default_tracker(steps)
    total = len(reader)
    numbers: Iterable[int] = range(0, total, steps.predict)
    if progress:
        numbers = track(numbers, 'Key frames', total=len(range(0, total, steps.predict)))
    cache = FrameCache(reader)

    def clips() -> Iterator[tuple[int, PersonBoxes, dict[str, Any] | None]]:
        for number in numbers:
            drawn = actions.clips.draw(number, total)
            indices = np.asarray(drawn['frame_inds'])
            looked_at = steps.detections(number)
            # In one request: the cache forgets what lies before the first frame of each.
            frames = cache.get_frames(np.concatenate([indices, looked_at]))
            seen = dict(zip(looked_at, frames[len(indices) :]))
            persons = find_persons(seen, detector, tracker, person_score_thr)
            packed = actions.clips.pack(drawn, frames[: len(indices)], persons) if len(persons) else None
            yield number, persons, packed

    return actions.score(clips())


def detect_actions(
    video: VideoInput,
    model: BaseModel,
    detector: PersonDetector,
    *,
    classes: Mapping[int, str] | None = None,
    steps: Steps = Steps(),
    tracker: IoUTracker | None = None,
    person_score_thr: float = 0.0,
    batch_size: int = 1,
    fps: float | None = None,
    progress: bool = False,
) -> VideoActions:
    """Detect who does what, where and when in a video.

    Args:
        video: path of a video file or a folder of frames, or frames (T, H, W, 3).
        model: action detector of :func:`init_recognizer`.
        detector: finds the persons, such as :func:`load_boxes` or :class:`MovingObjectDetector`.
        classes: names of the classes by column of the scores; columns without a name are left out. Default: those of
            the config's label map.
        steps: frames between key frames, and between detections of persons.
        tracker: numbers the persons. Default: see :func:`default_tracker`.
        person_score_thr: smallest score of a person.
        batch_size: key frames per batch.
        fps: frames per second. Default: of the video file, or the times of its frames where their rate varies; folders
            and arrays have none and count as 30.
        progress: show a progress bar.

    Raises:
        FileNotFoundError: there is no such video.
        VideoDecodeError: none of its frames can be decoded.
        ValueError: the model is no action detector, or its pipeline takes no clips around key frames.
    """
    if fps is not None:
        positive(fps, 'fps')
    actions = ActionDetector(model, batch_size)
    with open_video(video, naming=actions.clips.naming) as reader:
        found = iter_key_frames(
            actions,
            reader,
            detector,
            steps=steps,
            tracker=tracker,
            person_score_thr=person_score_thr,
            progress=progress,
        )
        return VideoActions(
            VideoFacts(input_name(video) or 'video', len(reader), float(fps or reader.avg_fps or 30)),
            reader.size,
            action_names(model) if classes is None else classes,
            tuple(found),
            uneven_starts(reader) if fps is None else None,
        )
