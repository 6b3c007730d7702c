"""Report on an annotation pickle of ``PoseDataset``: facts, problems and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from mmaction.datasets.pose_annotation import check_sample, load_annotation, sample_name


@dataclass
class Report:
    """Findings about a file. Problems must be fixed; notes are odd and may be intended."""

    facts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


# Kinds of problems that the facts and notes below can do with.
_READABLE = ('without a name', 'without persons', 'with joints that are not numbers (NaN)')


class _Layout(NamedTuple):
    """The part of a sample's shape that all samples should have in common."""

    joints: int
    coordinates: int
    scored: bool

    def __str__(self) -> str:
        scores = 'with' if self.scored else 'without'
        return f'{self.joints} joints of {self.coordinates} coordinates {scores} scores'


class _Good(NamedTuple):
    """A readable sample and its place in the file."""

    where: str
    sample: dict[str, Any]

    @property
    def layout(self) -> _Layout:
        joints, coordinates = self.sample['keypoint'].shape[-2:]
        return _Layout(joints, coordinates, 'keypoint_score' in self.sample)


def inspect(ann_file: str, num_classes: int | None = None, unlabelled: bool = False) -> Report:
    """Check a file.

    Args:
        ann_file: the pickle.
        num_classes: number of classes; None leaves the upper limit of labels open.
        unlabelled: samples may have no label.

    Raises:
        FileNotFoundError, ValueError: it cannot be read at all, see ``load_annotation``.
    """
    splits, samples = load_annotation(ann_file)
    report = Report()
    good: list[_Good] = []
    for number, sample in enumerate(samples):
        name = sample_name(sample) if isinstance(sample, dict) else None
        where = f'sample {number}'
        if name:
            where += f' ({name!r})'
        problems = list(check_sample(sample, num_classes=num_classes, unlabelled=unlabelled))
        report.problems += [f'{where}: {problem}' for problem in problems]
        if all(problem.kind in _READABLE for problem in problems):
            good.append(_Good(where, sample))
    if not samples:
        report.problems.append('there are no samples')
    report.problems += _mixed_layouts(good)
    report.problems += _repeated_names(samples)
    if splits is not None:
        report.problems += _split_problems(splits, samples)
        report.notes += _split_notes(splits, samples)
    report.notes += _value_notes(good)
    report.facts += _facts(splits or {}, good, len(samples))
    return report


def _mixed_layouts(good: Sequence[_Good]) -> Iterator[str]:
    layouts = Counter(entry.layout for entry in good)
    if len(layouts) < 2:
        return
    usual = layouts.most_common(1)[0][0]
    for entry in good:
        if entry.layout != usual:
            yield f'{entry.where}: keypoint: has {entry.layout}, most samples have {usual}'


def _repeated_names(samples: Sequence[Any]) -> Iterator[str]:
    names = Counter(sample_name(sample) for sample in _dicts(samples))
    for name, count in names.items():
        if name is not None and count > 1:
            yield f'{count} samples are named {name!r}'


def _dicts(samples: Sequence[Any]) -> list[dict]:
    return [sample for sample in samples if isinstance(sample, dict)]


def _split_problems(splits: dict[str, Any], samples: Sequence[Any]) -> Iterator[str]:
    known = {sample_name(sample) for sample in _dicts(samples)}
    for split, members in splits.items():
        if not isinstance(members, (list, tuple, set, np.ndarray)):
            yield f'split {split!r}: must be a list of names, found {type(members).__name__}'
            continue
        names = Counter(map(str, members))
        if not names:
            yield f'split {split!r}: has no samples'
        for name, count in names.items():
            if name not in known:
                yield f'split {split!r}: there is no sample named {name!r}'
            if count > 1:
                yield f'split {split!r}: lists {name!r} {count} times'


def _split_notes(splits: dict[str, Any], samples: Sequence[Any]) -> Iterator[str]:
    members = {split: set(map(str, names)) for split, names in splits.items() if np.iterable(names)}
    listed = set().union(*members.values())
    unlisted = [name for name in map(sample_name, _dicts(samples)) if name not in listed]
    if unlisted:
        yield f'{len(unlisted)} samples are in no split, e.g. {unlisted[0]!r}'
    for train in members:
        partner = _partner(train, list(members))
        if partner is None:
            continue
        shared = members[train] & members[partner]
        if shared:
            yield f'{len(shared)} samples are in both {train!r} and {partner!r}, e.g. {min(shared)!r}'
        unseen = _labels(samples, members[partner]) - _labels(samples, members[train])
        if unseen:
            yield f'labels {sorted(unseen)} are in {partner!r} and not in {train!r}'


def _partner(train: str, splits: Sequence[str]) -> str | None:
    """Find the split that a training split is evaluated on: ``xsub_val`` for ``xsub_train``."""
    if 'train' not in train:
        return None
    names = (train.replace('train', 'val'), train.replace('train', 'test'))
    return next((name for name in names if name in splits), None)


def _labels(samples: Sequence[Any], names: set[str] | None = None) -> set[int]:
    """Collect the labels of the named samples, by default of all; samples with several labels are left out."""
    labels = set()
    for sample in _dicts(samples):
        label = sample.get('label')
        if isinstance(label, (int, np.integer)) and (names is None or sample_name(sample) in names):
            labels.add(int(label))
    return labels


def _value_notes(good: Sequence[_Good]) -> Iterator[str]:
    places: dict[str, list[str]] = {}
    for entry in good:
        for note in _odd_values(entry.sample):
            places.setdefault(note, []).append(entry.where)
    for note, found in places.items():
        yield f'{len(found)} samples: {note}, e.g. {found[0]}'


def _odd_values(sample: dict[str, Any]) -> Iterator[str]:
    keypoint = np.nan_to_num(np.asarray(sample['keypoint'], dtype=np.float32))
    packed = keypoint.ndim == 3  # (N, V, 3) of x, y, score
    score = keypoint[..., 2] if packed else sample.get('keypoint_score')
    if keypoint.size and not keypoint.any():
        yield 'all joints are at 0'
    # 1.01: some networks' scores exceed 1 by rounding in float16.
    if score is not None and np.size(score) and not 0 <= np.nanmin(score) <= np.nanmax(score) <= 1.01:
        yield 'scores lie outside 0..1'
    in_pixels = packed or keypoint.shape[-1] == 2
    if sample.get('img_shape') is None or not in_pixels or not keypoint.any():
        return
    xy = keypoint[..., :2]
    height, width = sample['img_shape']
    present = xy[(xy != 0).any(axis=-1)]  # a missing joint is at 0
    outside = (present < 0).any(axis=-1) | (present > [width, height]).any(axis=-1)
    if outside.mean() > 0.5:
        yield 'most joints lie outside the frame (img_shape is (h, w), joints are (x, y))'
    elif np.abs(xy).max() <= 1.5:
        yield 'joints lie in 0..1, pixels are expected'


def _facts(splits: dict[str, Any], good: Sequence[_Good], total: int) -> Iterator[str]:
    yield f'{total} samples, {len(good)} of them readable'
    if good:
        yield from _sample_facts(good)
    for split, names in splits.items():
        if np.iterable(names):
            yield f'split {split!r}: {len(list(names))} samples'


def _sample_facts(good: Sequence[_Good]) -> Iterator[str]:
    samples = [entry.sample for entry in good]
    keypoints = [sample['keypoint'] for sample in samples]
    frames = [sample.get('total_frames', sample['keypoint'].shape[-3]) for sample in samples]
    yield f'{min(frames)} to {max(frames)} frames, median {int(np.median(frames))}'
    persons = [keypoint.shape[0] for keypoint in keypoints if keypoint.ndim == 4]
    if persons:
        yield f'{min(persons)} to {max(persons)} persons'
    usual = Counter(entry.layout for entry in good).most_common(1)[0][0]
    yield f'{usual}, {", ".join(sorted({str(keypoint.dtype) for keypoint in keypoints}))}'
    labels = _labels(samples)
    if labels:
        absent = sorted(set(range(max(labels) + 1)) - labels)
        fact = f'{len(labels)} labels, {min(labels)} to {max(labels)}'
        if absent:
            fact += f', without {absent[:10]}'
        yield fact
