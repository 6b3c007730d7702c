"""Videos with the same content: in two splits, or with different labels; and groups that are in two splits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mmaction.datasets.scan import group_by, guess_groups
from mmaction.doctor.findings import Finding
from mmaction.doctor.sources import Entry, Subject
from mmaction.video import VideoReport

# Measured on 120 clips of two fixed cameras and on copies of them, compressed hard, halved in size and in frame rate:
# appearance is at most 0.80 between different clips and at least 0.98 between copies, motion 0.74 and 0.89.
_SAME_APPEARANCE = 0.93
_SAME_MOTION = 0.82
# Below this the thumbnails of a video differ by noise alone, in gray levels; then they must be equal but for noise.
_STILL = 1.0
_NOISE = 1.5
_SAME_DURATION = 0.1  # ratio of the durations minus 1
_BLOCK = 2048  # videos that are compared with all others at once


@dataclass(frozen=True, eq=False)
class Fingerprints:
    """Features of N videos, in float32.

    Attributes:
        appearance: (N, D) thumbnails without their mean brightness, of length 1.
        motion: (N, D) deviation of each thumbnail from the mean of the video, of length 1.
        energy: (N,) root mean square of that deviation in gray levels.
        seconds: (N,) durations; 0 where unknown.
        raw: (N, D) the thumbnails.
    """

    appearance: npt.NDArray[np.float32]
    motion: npt.NDArray[np.float32]
    energy: npt.NDArray[np.float32]
    seconds: npt.NDArray[np.float32]
    raw: npt.NDArray[np.float32]


def fingerprints(reports: Sequence[VideoReport]) -> Fingerprints:
    """Compute the features of videos from their thumbnails (T, H, W), which none of them lacks."""
    number = len(reports)
    known = [report.thumbnails for report in reports if report.thumbnails is not None]
    thumbnails = np.stack(known).astype(np.float32)
    level = thumbnails - thumbnails.mean(axis=(2, 3), keepdims=True)
    motion = level - level.mean(axis=1, keepdims=True)
    energy = np.sqrt((motion**2).mean(axis=(1, 2, 3)))
    seconds = [report.num_frames / report.avg_fps if report.avg_fps else 0.0 for report in reports]
    return Fingerprints(
        _unit(level.reshape(number, -1)),
        _unit(motion.reshape(number, -1)),
        energy,
        np.array(seconds, np.float32),
        level.reshape(number, -1),
    )


def _unit(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def same_content(prints: Fingerprints) -> list[tuple[int, int]]:
    """Pairs (i, j) with i < j of videos that show the same, whatever their encoding, size and frame rate."""
    pairs = []
    for start in range(0, len(prints.energy), _BLOCK):
        block = slice(start, start + _BLOCK)
        similar = prints.appearance[block] @ prints.appearance[start:].T > _SAME_APPEARANCE
        for row, column in np.argwhere(np.triu(similar, 1)):
            first, second = int(start + row), int(start + column)
            if _is_same(prints, first, second):
                pairs.append((first, second))
    return pairs


def _is_same(prints: Fingerprints, first: int, second: int) -> bool:
    durations = sorted(prints.seconds[[first, second]])
    if durations[0] and durations[1] / durations[0] - 1 > _SAME_DURATION:
        return False
    if max(prints.energy[first], prints.energy[second]) < _STILL:
        difference = np.abs(prints.raw[first] - prints.raw[second]).mean()
        return bool(difference < _NOISE)
    return bool(prints.motion[first] @ prints.motion[second] > _SAME_MOTION)


@dataclass
class Copies:
    """Samples with the same content.

    Attributes:
        findings: those in two splits, and those with different labels.
        across: samples of the former.
        repeated: notes about others, which harm less.
    """

    findings: list[Finding] = field(default_factory=list)
    across: set[Entry] = field(default_factory=set)
    repeated: list[str] = field(default_factory=list)


def duplicates(
    subject: Subject, reports: Mapping[str, VideoReport], labels: Mapping[Entry, int], wrong: Collection[Entry] = ()
) -> Copies:
    """Find the same content in two splits, and with different labels.

    Args:
        subject: the samples.
        reports: of the media; those without thumbnails are left out.
        labels: class indices of the samples with one label.
        wrong: samples whose label is known to be wrong; a copy of theirs is right to have another one.
    """
    labels = {entry: label for entry, label in labels.items() if entry not in wrong}
    by_path: dict[str, list[Entry]] = defaultdict(list)
    for entry in subject.entries:
        report = reports.get(entry.path)
        if report is not None and report.is_usable and report.thumbnails is not None:
            by_path[entry.path].append(entry)
    paths = [*by_path]
    copies = Copies()
    if not paths:
        return copies
    pairs = [(index, index) for index, path in enumerate(paths) if len(by_path[path]) > 1]
    for first, second in [*pairs, *same_content(fingerprints([reports[path] for path in paths]))]:
        entries = by_path[paths[first]]
        others = by_path[paths[second]] if first != second else entries[1:]
        for other in others:
            _compare(subject, entries[0], other, labels, copies)
    return copies


def _compare(subject: Subject, one: Entry, other: Entry, labels: Mapping[Entry, int], copies: Copies) -> None:
    # The training sample is reported: leaving it out keeps the evaluation as it is.
    if subject.sources[other.source].is_training and not subject.sources[one.source].is_training:
        one, other = other, one
    splits = [subject.sources[entry.source].split for entry in (one, other)]
    there = f'as {other.name} of {splits[1]}'
    differ = one in labels and other in labels and labels[one] != labels[other]
    if splits[0] != splits[1]:
        copies.findings.append(subject.finding('duplicate', one, f'it shows the same {there}'))
        copies.across |= {one, other}
    if differ:
        detail = f'its label is {labels[one]}, but it shows the same {there} with label {labels[other]}'
        copies.findings.append(subject.finding('mislabeled', one, detail))
    elif splits[0] == splits[1] and one in labels and other in labels:
        copies.repeated.append(f'{one.name} and {other.name} of {splits[0]} show the same')


def leakage(subject: Subject, left_out: Collection[Entry], pattern: str | None = None) -> tuple[list[Finding], str]:
    """Find groups (persons, films, recordings) that are both trained and evaluated on.

    Args:
        subject: the samples.
        left_out: samples that are reported already.
        pattern: regular expression of the group in a path; None: by well-known names.

    Returns:
        One finding per group, and a description of the groups; '' where there are none.
    """
    # Protocols of skeletons split by camera and setup, too, and not by person alone.
    entries = [entry for entry in subject.entries if entry.medium != 'none' and entry not in left_out]
    names = [entry.name for entry in entries]
    if pattern is None:
        group_of, description = guess_groups(names)
    else:
        group_of, description = group_by(pattern), f'what {pattern!r} finds in the path'
    trained: dict[str, list[Entry]] = defaultdict(list)
    evaluated: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        group = group_of(entry.name)
        if group:
            is_training = subject.sources[entry.source].is_training
            (trained if is_training else evaluated)[group].append(entry)
    findings = []
    for group in sorted({*trained} & {*evaluated}):
        first = trained[group][0]
        other = evaluated[group][0]
        counts = f'{len(trained[group])} training and {len(evaluated[group])} evaluation samples'
        findings.append(subject.finding('leakage', first, f'group {group} has {counts}, such as {other.name}'))
    return findings, description
