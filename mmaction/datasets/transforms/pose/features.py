"""Streams of graph networks: joints, bones and their motion (2s-AGCN, arXiv:1805.07694)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.pose._keypoints import keypoints_of
from mmaction.registry import TRANSFORMS
from mmaction.structures.skeletons import FLAT, Pairs, bone_pairs

Skeleton = str | Mapping[str, Any]


def bones(keypoint: np.ndarray, pairs: Pairs, scored: bool) -> np.ndarray:
    """Vectors from the parent joint to each joint, float32 (M, T, V, C); 0 for joints without a parent.

    Args:
        keypoint: (M, T, V, C).
        pairs: (joint, parent joint).
        scored: the third channel is a score; that of a bone is the mean of its two joints.
    """
    child, parent = np.asarray(pairs, dtype=np.int64).reshape(-1, 2).T
    bone = np.zeros(keypoint.shape, dtype=np.float32)
    bone[:, :, child] = keypoint[:, :, child] - keypoint[:, :, parent]
    if scored:
        bone[:, :, child, 2] = (keypoint[:, :, child, 2] + keypoint[:, :, parent, 2]) / 2
    return bone


def motion(data: np.ndarray, scored: bool) -> np.ndarray:
    """Displacement to the next frame, 0 in the last; (M, T, V, C) -> (M, T, V, C). ``scored`` as in :func:`bones`."""
    out = np.zeros_like(data)
    out[:, :-1] = np.diff(data, axis=1)
    if scored:
        out[:, :-1, :, 2] = (data[:, :-1, :, 2] + data[:, 1:, :, 2]) / 2
    return out


def is_scored(dataset: Skeleton, channels: int) -> bool:
    """True if the third channel of three is a score; for a custom skeleton it counts as a coordinate."""
    return channels == 3 and isinstance(dataset, str) and dataset in FLAT


def _check_points(data: np.ndarray, name: str, pairs: Pairs) -> None:
    if data.ndim != 4 or data.shape[-1] < 2:
        raise ValueError(f'{name} must be (persons, frames, joints, 2 or more), found shape {data.shape}.')
    largest = max(map(max, pairs), default=-1)
    if largest >= data.shape[2]:
        raise ValueError(
            f'{name} has {data.shape[2]} joints (shape {data.shape}), the skeleton {largest + 1}. '
            'Name the layout of your keypoints: dataset=...'
        )


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class JointToBone(BaseTransform):
    """Turn joints into bones: vectors from the parent joint to the joint.

    Reads ``keypoint`` (M, T, V, C). Writes ``target``, float32 of that shape.

    Args:
        dataset: skeleton: 'nturgb+d', 'openpose', 'coco', or a dict with ``num_node`` and ``inward``.
        target: key to write.
    """

    role = 'pose'
    reads = ('keypoint',)

    dataset: Skeleton = 'nturgb+d'
    target: str = 'keypoint'

    def __post_init__(self) -> None:
        self.writes = (self.target,)
        self.pairs = bone_pairs(self.dataset)

    def transform(self, results: dict) -> dict:
        keypoint = results['keypoint']
        _check_points(keypoint, 'keypoint', self.pairs)
        results[self.target] = bones(keypoint, self.pairs, is_scored(self.dataset, keypoint.shape[-1]))
        return results


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class ToMotion(BaseTransform):
    """Turn positions into displacements to the next frame.

    Reads ``source`` (M, T, V, C). Writes ``target``, of that shape.

    Args:
        dataset: skeleton, as in :class:`JointToBone`.
        source: key to read.
        target: key to write.
    """

    role = 'pose'

    dataset: Skeleton = 'nturgb+d'
    source: str = 'keypoint'
    target: str = 'motion'

    def __post_init__(self) -> None:
        bone_pairs(self.dataset)  # fails now rather than in the first sample
        self.reads = (self.source,)
        self.writes = (self.target,)

    def transform(self, results: dict) -> dict:
        data = results[self.source]
        _check_points(data, self.source, ())
        results[self.target] = motion(data, is_scored(self.dataset, data.shape[-1]))
        return results


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class MergeSkeFeat(BaseTransform):
    """Concatenate arrays of the sample.

    Args:
        feat_list: their keys.
        target: key to write.
        axis: axis to concatenate along.
    """

    role = 'pose'

    feat_list: Sequence[str] = ('keypoint',)
    target: str = 'keypoint'
    axis: int = -1

    def __post_init__(self) -> None:
        if not self.feat_list:
            raise ValueError('feat_list is empty: there is nothing to concatenate.')
        self.reads = tuple(self.feat_list)
        self.writes = (self.target,)

    def transform(self, results: dict) -> dict:
        missing = [name for name in self.feat_list if name not in results]
        if missing:
            raise ValueError(f'feat_list names {missing}, the sample has {sorted(map(str, results))}.')
        results[self.target] = np.concatenate([results[name] for name in self.feat_list], axis=self.axis)
        return results


_FEATS = ('j', 'b', 'jm', 'bm')


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class GenSkeFeat(BaseTransform):
    """Make the streams of a graph network: joints ``j``, bones ``b``, and their motion ``jm`` and ``bm``.

    Reads ``keypoint`` (M, T, V, C) and optionally ``keypoint_score`` (M, T, V), which becomes the third channel of 2D
    joints and is removed. Writes ``keypoint``, the concatenated streams.

    Args:
        dataset: skeleton, as in :class:`JointToBone`; without bones among ``feats``, any joints pass.
        feats: the streams.
        axis: axis to concatenate them along.
    """

    role = 'pose'
    reads = ('keypoint',)
    writes = ('keypoint',)

    dataset: Skeleton = 'nturgb+d'
    feats: Sequence[str] = ('j',)
    axis: int = -1

    def __post_init__(self) -> None:
        unknown = [feat for feat in self.feats if feat not in _FEATS]
        if unknown or not self.feats or isinstance(self.feats, str):
            raise ValueError(f'feats ({self.feats!r}) must be a list of some of {list(_FEATS)}.')
        self.pairs = bone_pairs(self.dataset)

    def transform(self, results: dict) -> dict:
        keypoint, score = keypoints_of(results)
        scored = is_scored(self.dataset, keypoint.shape[-1])
        if score is not None:
            if self.dataset == 'nturgb+d' or keypoint.shape[-1] != 2:
                raise ValueError(
                    f'keypoint_score belongs to 2D joints; keypoint has shape {keypoint.shape} and dataset is '
                    f'{self.dataset!r}. Remove keypoint_score from the annotation.'
                )
            keypoint = np.concatenate([keypoint, score[..., None]], axis=-1)
            scored = True
            del results['keypoint_score']
        with_bones = bool({'b', 'bm'} & set(self.feats))
        # Joints and their motion need no skeleton, so keypoints of any layout pass when no bones are requested.
        _check_points(keypoint, 'keypoint', ())
        streams = {'j': keypoint}
        if with_bones:
            _check_points(keypoint, 'keypoint', self.pairs)
            streams['b'] = bones(keypoint, self.pairs, scored)
        for name in ('jm', 'bm'):
            if name in self.feats:
                streams[name] = motion(streams[name[0]], scored)
        results['keypoint'] = np.concatenate([streams[name] for name in self.feats], axis=self.axis)
        return results
