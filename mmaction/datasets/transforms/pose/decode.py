"""``PoseDecode`` and ``DecompressPose``: keypoints of the sampled frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.pose._keypoints import clear_missing, put_score
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least


def take_frames(array: np.ndarray, frame_inds: np.ndarray, name: str) -> np.ndarray:
    """Take frames by index as float32, (M, T, ...) -> (M, len(frame_inds), ...)."""
    array = np.asarray(array)
    if len(frame_inds) and not 0 <= frame_inds.min() <= frame_inds.max() < array.shape[1]:
        raise ValueError(
            f'frames {frame_inds.min()} to {frame_inds.max()} are requested, {name} has {array.shape[1]} '
            f'(shape {array.shape}). Check total_frames, start_index and offset.'
        )
    return array[:, frame_inds].astype(np.float32)


def decompress(
    rows: np.ndarray, frame_inds: np.ndarray, num_frames: int, max_person: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sort rows, one per person and frame, into persons and frames; persons are not tracked from frame to frame.

    Persons of a frame keep their order, unless a frame has more than ``max_person``: then each frame keeps
    those of the best scores, best first.

    Args:
        rows: x, y, score of the joints, (N, V, 3).
        frame_inds: frame of each row, ascending, (N,).
        num_frames: T.
        max_person: largest M.

    Returns:
        Keypoints (M, T, V, 2) and scores (M, T, V), float32, zero where there is nobody.
    """

    def place(order: np.ndarray) -> np.ndarray:
        frames = frame_inds[order]
        return np.arange(len(frames)) - np.searchsorted(frames, frames)  # rank within its frame

    order = np.arange(len(rows))
    person = place(order)
    num_person = int(person.max(initial=-1)) + 1
    if num_person > max_person:
        order = np.lexsort((-rows[..., 2].sum(axis=-1), frame_inds))
        person = place(order)
        kept = person < max_person
        order = order[kept]
        person = person[kept]
        num_person = max_person
    full = np.zeros((num_person, num_frames, rows.shape[1], 3), dtype=np.float32)
    full[person, frame_inds[order]] = rows[order]
    return full[..., :2].copy(), full[..., 2].copy()


@TRANSFORMS.register_module()
class PoseDecode(BaseTransform):
    """Keep the keypoints of the frames ``frame_inds``; of all frames without that key.

    Reads ``keypoint`` (M, T, V, C) and, where given, ``keypoint_score`` (M, T, V), ``frame_inds``, ``total_frames``,
    ``offset`` (added to ``frame_inds``). Writes ``keypoint`` and ``keypoint_score`` (float32), ``frame_inds``,
    ``total_frames``. A NaN joint becomes 0, with the score 0.
    """

    role = 'decode'
    reads: tuple[str, ...] = ('keypoint',)
    writes: tuple[str, ...] = ('keypoint', 'keypoint_score', 'frame_inds', 'total_frames')

    def transform(self, results: dict) -> dict:
        if 'total_frames' not in results:
            results['total_frames'] = results['keypoint'].shape[1]
        if 'frame_inds' not in results:
            results['frame_inds'] = np.arange(results['total_frames'])
        results['frame_inds'] = np.asarray(results['frame_inds']).reshape(-1)
        return load_keypoints(results, results['frame_inds'] + results.get('offset', 0), self)

    # The parts of `load_keypoints`, under the names and signatures of MMAction2 1.x: subclasses override and call them.
    @staticmethod
    def _load_kp(kp: np.ndarray, frame_inds: np.ndarray) -> np.ndarray:
        return take_frames(kp, frame_inds, 'keypoint')

    @staticmethod
    def _load_kpscore(kpscore: np.ndarray, frame_inds: np.ndarray) -> np.ndarray:
        return take_frames(kpscore, frame_inds, 'keypoint_score')


def load_keypoints(results: dict, frame_inds: np.ndarray, step: PoseDecode) -> dict:
    """Replace ``keypoint`` and ``keypoint_score`` by those of some frames, with the methods of ``step``."""
    keypoint = step._load_kp(results['keypoint'], frame_inds)
    score = results.get('keypoint_score')
    if score is not None:
        score = step._load_kpscore(score, frame_inds)
    score = clear_missing(keypoint, score)
    results['keypoint'] = keypoint
    return put_score(results, score)


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class DecompressPose(BaseTransform):
    """Unpack keypoints that are stored as one row per person and frame (Kinetics).

    Reads ``keypoint`` (N, V, 3) with x, y, score; ``frame_inds`` (N,), ascending; ``total_frames``; and, where the
    dataset sifted the rows by ``box_thr``, ``anno_inds`` (N,), true for those to keep. Writes ``keypoint``
    (M, T, V, 2), ``keypoint_score`` (M, T, V), ``total_frames``, and ``num_person`` where persons were dropped;
    removes ``frame_inds``. Without a row it gives zero persons.

    Args:
        squeeze: leave out frames without a person.
        max_person: persons to keep of a frame, those with the best scores.
    """

    role = 'open'
    reads = ('keypoint', 'frame_inds', 'total_frames')
    writes = ('keypoint', 'keypoint_score', 'total_frames', 'num_person')

    squeeze: bool = True
    max_person: int = 10

    def __post_init__(self) -> None:
        at_least(1, self.max_person, 'max_person')

    def transform(self, results: dict) -> dict:
        missing = [key for key in ('total_frames', 'frame_inds', 'keypoint') if key not in results]
        if missing:
            raise ValueError(f'DecompressPose needs {missing} in the sample, which has {sorted(map(str, results))}.')
        rows = np.asarray(results['keypoint'])
        frame_inds = np.asarray(results.pop('frame_inds')).reshape(-1)
        if rows.ndim != 3 or rows.shape[2] != 3 or len(rows) != len(frame_inds):
            raise ValueError(
                f'keypoint must be (N, joints, 3) with as many frame_inds, found shapes {rows.shape} and '
                f'{frame_inds.shape}. Leave DecompressPose out for keypoints (M, T, V, C).'
            )
        if 'anno_inds' in results:
            rows = rows[results['anno_inds']]
            frame_inds = frame_inds[results['anno_inds']]
        if (np.diff(frame_inds) < 0).any():
            raise ValueError(
                f'frame_inds must be ascending, found {frame_inds[:-1][np.diff(frame_inds) < 0][0]} early.'
            )
        total_frames = int(results['total_frames'])
        if self.squeeze and len(frame_inds):
            present, frame_inds = np.unique(frame_inds, return_inverse=True)
            total_frames = len(present)
        if len(frame_inds) and not 0 <= frame_inds[0] <= frame_inds[-1] < total_frames:
            raise ValueError(
                f'frame_inds reach from {frame_inds[0]} to {frame_inds[-1]}, total_frames is {total_frames}.'
            )
        crowded = len(frame_inds) and np.bincount(frame_inds).max() > self.max_person
        results['keypoint'], results['keypoint_score'] = decompress(rows, frame_inds, total_frames, self.max_person)
        results['total_frames'] = total_frames
        if crowded:
            results['num_person'] = self.max_person
        return results
