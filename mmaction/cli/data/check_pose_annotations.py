"""Say what is wrong with an annotation pickle: ``python tools/data/skeleton/check_annotations.py FILE``.

Exit code 0: nothing; 1: something, listed sample by sample. Notes tell what is odd and may be meant.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from mmaction.cli.command import entry_points
from mmaction.datasets.pose_annotation import check_sample, load_annotation, sample_name


@dataclass
class Report:
    """What was found in a file."""

    facts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


HELP = 'Check an annotation pickle of PoseDataset'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/skeleton/check_annotations.py``."""
    parser.add_argument('ann_file', help='the pickle')
    parser.add_argument('--num-classes', type=int, help='number of classes; labels are checked against it')
    parser.add_argument('--unlabelled', action='store_true', help='samples may go without a label')
    parser.add_argument('--limit', type=int, default=50, help='problems to list; 0: all')


def run(args: argparse.Namespace) -> None:
    """Check and print; exits with 1 where something is wrong."""
    report = inspect(args.ann_file, args.num_classes, args.unlabelled)
    print(f'{args.ann_file}')
    for line in report.facts:
        print(f'  {line}')
    shown = report.problems[: args.limit or None]
    for title, lines in (('wrong', shown), ('note', report.notes)):
        for line in lines:
            print(f'{title}: {line}')
    if len(shown) < len(report.problems):
        print(f'... and {len(report.problems) - len(shown)} more; --limit 0 lists all.')
    print(f'{len(report.problems)} problems, {len(report.notes)} notes.' if report.problems else 'Nothing is wrong.')
    if report.problems:
        raise SystemExit(1)


def inspect(ann_file: str, num_classes: int | None = None, unlabelled: bool = False) -> Report:
    """Check a file.

    Raises:
        FileNotFoundError, ValueError: it cannot be read at all, see ``load_annotation``.
    """
    splits, samples = load_annotation(ann_file)
    report = Report()
    good = []
    for number, sample in enumerate(samples):
        name = sample_name(sample) if isinstance(sample, dict) else None
        where = f'sample {number}{f" ({name!r})" if name else ""}'
        found = list(check_sample(sample, num_classes=num_classes, unlabelled=unlabelled))
        report.problems += [f'{where}: {problem}' for problem in found]
        if not any(problem.fatal for problem in found):
            good.append((where, sample))
    if not samples:
        report.problems.append('there are no samples')
    report.problems += _mixed(good)
    report.problems += _names(samples)
    if splits is not None:
        report.problems += _splits(splits, samples)
        report.notes += _split_notes(splits, samples)
    report.notes += _value_notes(good)
    report.facts += _facts(splits, [sample for _, sample in good], len(samples))
    return report


def _mixed(good: list[tuple[str, dict]]) -> Iterator[str]:
    """Samples whose points differ in number or dimension from those of most samples."""
    layouts = Counter(_layout(sample) for _, sample in good)
    if len(layouts) < 2:
        return
    usual = layouts.most_common(1)[0][0]
    for where, sample in good:
        if _layout(sample) != usual:
            yield f'{where}: keypoint: has {_told(*_layout(sample))}, most samples have {_told(*usual)}'


def _told(points: int, numbers: int, scored: bool) -> str:
    return f'{points} points of {numbers} numbers {"with" if scored else "without"} scores'


def _layout(sample: dict) -> tuple[int, int, bool]:
    return *sample['keypoint'].shape[-2:], 'keypoint_score' in sample


def _names(samples: list) -> Iterator[str]:
    names = Counter(sample_name(sample) for sample in samples if isinstance(sample, dict))
    for name, count in names.items():
        if name is not None and count > 1:
            yield f'{count} samples are called {name!r}'


def _splits(splits: dict, samples: list) -> Iterator[str]:
    known = {sample_name(sample) for sample in samples if isinstance(sample, dict)}
    for split, members in splits.items():
        if not isinstance(members, (list, tuple, set, np.ndarray)):
            yield f'split {split!r}: must be a list of names, found {type(members).__name__}'
            continue
        members = list(members)
        if not members:
            yield f'split {split!r}: has no samples'
        for name, count in Counter(map(str, members)).items():
            if name not in known:
                yield f'split {split!r}: there is no sample called {name!r}'
            if count > 1:
                yield f'split {split!r}: names {name!r} {count} times'


def _split_notes(splits: dict, samples: list) -> Iterator[str]:
    members = {split: set(map(str, names)) for split, names in splits.items() if np.iterable(names)}
    named = set().union(*members.values())
    lost = [sample_name(sample) for sample in samples if isinstance(sample, dict) and sample_name(sample) not in named]
    if lost:
        yield f'{len(lost)} samples are in no split, e.g. {lost[0]!r}'
    labels = {
        split: {_label(s) for s in samples if isinstance(s, dict) and sample_name(s) in names}
        for split, names in members.items()
    }
    for train in members:
        partner = next((val for val in members if val != train and val == train.replace('train', 'val')), None)
        partner = partner or next((v for v in members if v != train and v == train.replace('train', 'test')), None)
        if 'train' not in train or partner is None:
            continue
        shared = members[train] & members[partner]
        if shared:
            yield f'{len(shared)} samples are in both {train!r} and {partner!r}, e.g. {min(shared)!r}'
        unseen = labels[partner] - labels[train] - {None}
        if unseen:
            yield f'labels {sorted(unseen)} are in {partner!r} and not in {train!r}'


def _label(sample: dict) -> int | None:
    label = sample.get('label')
    return int(label) if isinstance(label, (int, np.integer)) else None


def _value_notes(good: list[tuple[str, dict]]) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for where, sample in good:
        for what in _odd_values(sample):
            found.setdefault(what, []).append(where)
    for what, places in found.items():
        yield f'{len(places)} samples: {what}, e.g. {places[0]}'


def _odd_values(sample: dict) -> Iterator[str]:
    keypoint = np.nan_to_num(np.asarray(sample['keypoint'], dtype=np.float32))
    packed = keypoint.ndim == 3
    score = keypoint[..., 2] if packed else sample.get('keypoint_score')
    if keypoint.size and not keypoint.any():
        yield 'all points are at 0'
    if score is not None and np.size(score) and not 0 <= np.nanmin(score) <= np.nanmax(score) <= 1.01:
        yield 'scores lie outside 0..1'
    if sample.get('img_shape') is not None and (packed or keypoint.shape[-1] == 2) and keypoint.any():
        xy, (height, width) = keypoint[..., :2], sample['img_shape']
        given = (xy != 0).any(axis=-1)
        outside = (xy[given] < 0).any(axis=-1) | (xy[given] > [width, height]).any(axis=-1)
        if outside.mean() > 0.5:
            yield 'most points lie outside the frame (img_shape is (h, w), points are (x, y))'
        elif np.abs(xy).max() <= 1.5:
            yield 'points lie in 0..1, pixels are expected'


def _facts(splits: dict | None, good: list[dict], total: int) -> Iterator[str]:
    yield f'{total} samples, {len(good)} of them readable'
    if good:
        full = [sample['keypoint'].shape for sample in good if sample['keypoint'].ndim == 4]
        frames = [sample.get('total_frames', sample['keypoint'].shape[-3]) for sample in good]
        yield f'{min(frames)} to {max(frames)} frames, {int(np.median(frames))} in the middle'
        if full:
            yield f'{min(shape[0] for shape in full)} to {max(shape[0] for shape in full)} persons'
        kinds = sorted({str(sample['keypoint'].dtype) for sample in good})
        yield f'{_told(*Counter(map(_layout, good)).most_common(1)[0][0])}, {", ".join(kinds)}'
        labels = {_label(sample) for sample in good} - {None}
        if labels:
            absent = sorted(set(range(max(labels) + 1)) - labels)
            yield f'{len(labels)} labels, {min(labels)} to {max(labels)}{f", without {absent[:10]}" if absent else ""}'
    for split, names in (splits or {}).items():
        if np.iterable(names):
            yield f'split {split!r}: {len(names)} samples'


parse_args, main = entry_points(__name__)
