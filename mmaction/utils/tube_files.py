"""Ground truth of action tubes: the pickles of MultiSports, UCF101-24 and JHMDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmaction.utils.plain_pickle import load_plain_pickle

__all__ = ['TubeAnnotation', 'parse_tubes', 'read_tubes']

_KEYS = ('labels', 'gttubes', 'nframes', 'train_videos', 'test_videos', 'resolution')


@dataclass(frozen=True, eq=False)
class TubeAnnotation:
    """Action tubes of a data set: a box in each frame of each action.

    Args:
        path: the file, for messages.
        labels: class names.
        tubes: by video and class index, arrays (n, 5): frame, from 1, and box xyxy in pixels.
        num_frames: by video.
        resolution: (height, width) by video.
        train_videos: names per fold.
        test_videos: names per fold.
    """

    path: str
    labels: Sequence[str]
    tubes: Mapping[str, Mapping[int, Sequence[np.ndarray]]]
    num_frames: Mapping[str, int]
    resolution: Mapping[str, tuple[int, int]]
    train_videos: Sequence[Sequence[str]]
    test_videos: Sequence[Sequence[str]]

    def video_key(self, name: str) -> str:
        """Key of a video by its name, with or without suffix (``'aerobic/v_1.mp4'``).

        Raises:
            KeyError: the video is not annotated.
        """
        for key in (name, name.rpartition('.')[0]):
            if key in self.resolution:
                return key
        raise KeyError(
            f'The video {name!r} is not in {self.path}, which has e.g. {next(iter(self.resolution), None)!r}. Use the '
            'same names in both annotations.'
        )


def read_tubes(path: str) -> TubeAnnotation:
    """Read a pickle of tubes; no code in it runs.

    Raises:
        FileNotFoundError: ``path`` does not exist.
        ValueError: the file is no such pickle; see :func:`parse_tubes`.
    """
    return parse_tubes(load_plain_pickle(path), path)


def parse_tubes(data: Any, path: str = 'the ground truth') -> TubeAnnotation:
    """Check the dict of a pickle of tubes: ``labels``, ``gttubes``, ``nframes``, ``resolution``, ``*_videos``.

    Raises:
        ValueError: a key is missing, or a tube has another shape, an unknown class, an empty box or a frame outside of
            its video; the message names video and class.
    """
    if not isinstance(data, Mapping):
        raise ValueError(f'{path} must hold a dict, found {type(data).__name__}.')
    missing = [key for key in _KEYS if key not in data]
    if missing:
        raise ValueError(f'{path} has no {", ".join(missing)}. Expected a dict with the keys {", ".join(_KEYS)}.')
    annotation = TubeAnnotation(
        path,
        list(data['labels']),
        data['gttubes'],
        data['nframes'],
        data['resolution'],
        data['train_videos'],
        data['test_videos'],
    )
    for video, by_label in annotation.tubes.items():
        for label, tubes in by_label.items():
            for number, tube in enumerate(tubes):
                _check_tube(annotation, video, label, np.asarray(tube), number)
    return annotation


def _check_tube(annotation: TubeAnnotation, video: str, label: int, tube: np.ndarray, number: int) -> None:
    where = f'{annotation.path}: tube {number} of class {label} in video {video!r}'
    if not 0 <= label < len(annotation.labels):
        raise ValueError(f'{where}: the class is out of [0, {len(annotation.labels)}), the number of labels.')
    if tube.ndim != 2 or tube.shape[1] != 5 or not len(tube):
        raise ValueError(f'{where} must be (n, 5), frame and box xyxy in pixels, found shape {tube.shape}.')
    frames = tube[:, 0]
    if video not in annotation.num_frames:
        raise ValueError(f'{where}: nframes has no number of frames for the video.')
    length = annotation.num_frames[video]
    if frames.min() < 1 or frames.max() > length or (np.diff(frames) <= 0).any():
        raise ValueError(
            f'{where}: frames must ascend in [1, {length}], found {frames.min():g} to {frames.max():g}. Frames count '
            'from 1; correct the tube, or nframes.'
        )
    if (tube[:, 3:] < tube[:, 1:3]).any():
        bad = tube[(tube[:, 3:] < tube[:, 1:3]).any(axis=1)][0]
        raise ValueError(f'{where}: the box {bad[1:].tolist()} of frame {bad[0]:g} must have x1 <= x2 and y1 <= y2.')
