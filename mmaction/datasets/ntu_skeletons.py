"""NTU RGB+D's skeletons (Shahroudy et al. 2016, Liu et al. 2019): reading the raw text files, and the benchmarks.

A file ``SsssCcccPpppRrrrAaaa.skeleton`` is of setup s, camera c, subject p, repetition r, action a, all from 1. It
holds the number of frames; for each frame the number of bodies; for each body ten numbers about it, the number of
joints (25) and twelve numbers a joint, of which the first three are x, y, z in metres.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

NUM_JOINTS = 25
_BODY_NUMBERS = 10
_JOINT_NUMBERS = 12
_MAX_BODIES = 4  # that the sensor distinguishes; further ones are false detections

Task = Literal['ntu60', 'ntu120']
NUM_CLASSES: dict[str, int] = {'ntu60': 60, 'ntu120': 120}
# Subjects to train on (cross-subject); of NTU 120 these and more.
_SUBJECTS_60 = (1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38)
_SUBJECTS_120 = (
    *_SUBJECTS_60,
    *(45, 46, 47, 49, 50, 52, 53, 54, 55, 56, 57, 58, 59, 70, 74, 78, 80, 81, 82, 83, 84, 85, 86, 89, 91, 92, 93, 94),
    *(95, 97, 98, 100, 103),
)
_NAME = re.compile(r'S(\d{3})C(\d{3})P(\d{3})R(\d{3})A(\d{3})')


@dataclass(frozen=True)
class SampleName:
    """Fields of a sample name; all count from 1."""

    setup: int
    camera: int
    subject: int
    repetition: int
    action: int

    @classmethod
    def parse(cls, name: str) -> SampleName:
        """Read ``S001C002P003R002A013``.

        Raises:
            ValueError: the name is made in another way.
        """
        match = _NAME.search(name)
        if match is None:
            raise ValueError(f'{name!r} is no name of a sample of NTU RGB+D, as S001C002P003R002A013.')
        return cls(*map(int, match.groups()))

    @property
    def mutual(self) -> bool:
        """True for the actions of two persons."""
        return 50 <= self.action <= 60 or 106 <= self.action <= 120

    def splits(self, task: Task) -> list[str]:
        """The splits that the sample belongs to: one of each benchmark."""
        if task == 'ntu60':
            trains = dict(xsub=self.subject in _SUBJECTS_60, xview=self.camera in (2, 3))
        else:
            trains = dict(xsub=self.subject in _SUBJECTS_120, xset=self.setup % 2 == 0)
        return [f'{benchmark}_{"train" if train else "val"}' for benchmark, train in trains.items()]


def read_skeleton(path: str | os.PathLike) -> np.ndarray:
    """All bodies of a raw file, (4, T, 25, 3) in metres, in the order of each frame; 0 where there is nobody.

    Raises:
        ValueError: the file is cut short, or made in another way.
    """
    with open(path, encoding='ascii', errors='replace') as file:
        numbers = file.read().split()
    try:
        return _parse(numbers)
    except (ValueError, IndexError) as error:
        raise ValueError(f'{os.fspath(path)} is no skeleton file of NTU RGB+D, or is cut short: {error}.') from None


def _parse(numbers: list[str]) -> np.ndarray:
    num_frames = int(numbers[0])
    data = np.zeros((_MAX_BODIES, num_frames, NUM_JOINTS, 3), dtype=np.float32)
    place = 1
    for frame in range(num_frames):
        num_bodies = int(numbers[place])
        place += 1
        for body in range(num_bodies):
            num_joints = int(numbers[place + _BODY_NUMBERS])
            place += _BODY_NUMBERS + 1
            if num_joints != NUM_JOINTS:
                raise ValueError(f'frame {frame} has a body of {num_joints} joints where {NUM_JOINTS} are expected')
            end = place + NUM_JOINTS * _JOINT_NUMBERS
            if end > len(numbers):
                raise ValueError(f'it ends in frame {frame} of {num_frames}')
            # Bodies beyond the limit are read over and dropped: their numbers have to be skipped in any case.
            if body < _MAX_BODIES:
                joints = np.array(numbers[place:end], dtype=np.float32).reshape(NUM_JOINTS, _JOINT_NUMBERS)
                data[body, frame] = joints[:, :3]
            place = end
    return data


def main_persons(data: np.ndarray, num_person: int = 2) -> np.ndarray:
    """The bodies that move most, the first of them first; those that never appear are left out.

    False detections (chairs, shadows) hardly move: bodies are ranked by the standard deviation of x, y and z over the
    frames they occur in.

    Args:
        data: (M, T, V, 3).
        num_person: largest number of persons to keep.
    """
    energy = np.full(len(data), -1.0)
    for person, body in enumerate(data):
        seen = body[(body != 0).any(axis=(1, 2))]  # (T', V, 3)
        if len(seen):
            energy[person] = seen.std(axis=(0, 1)).sum()
    order = np.argsort(-energy, kind='stable')[:num_person]
    return data[[i for i in order if energy[i] >= 0]]


def annotation_of(path: str | os.PathLike) -> dict | None:
    """The sample of a raw file for ``PoseDataset``; None where nobody is in it."""
    name = os.path.splitext(os.path.basename(path))[0]
    keypoint = main_persons(read_skeleton(path))
    if not len(keypoint):
        return None
    return dict(
        frame_dir=name,
        label=SampleName.parse(name).action - 1,
        total_frames=keypoint.shape[1],
        keypoint=keypoint,
    )


def with_splits(samples: list[dict], task: Task) -> dict[str, Any]:
    """The annotation of a task, as ``PoseDataset`` reads it."""
    split: dict[str, list[str]] = {}
    for sample in samples:
        for name in SampleName.parse(sample['frame_dir']).splits(task):
            split.setdefault(name, []).append(sample['frame_dir'])
    return dict(split=split, annotations=samples)
