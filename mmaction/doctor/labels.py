"""Faults of labels: off by one, out of range, and classes without samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from mmaction.doctor.findings import Finding
from mmaction.doctor.names import class_of_folders
from mmaction.doctor.sources import Entry, Source, Subject
from mmaction.utils.check import shorten

_MOST = 0.8  # of the samples of a list must be off by the same number


def single_label(entry: Entry) -> int | None:
    """Class index of a sample with one label; None for others and for -1 (unlabelled)."""
    if entry.labels is None or len(entry.labels) != 1 or entry.labels == (-1,):
        return None
    return entry.labels[0]


def shifts(subject: Subject) -> dict[int, int]:
    """Displacement of the labels of each source that is off by one: 1 where they count from 1."""
    found = {}
    for number, source in enumerate(subject.sources):
        shift = _shift_by_folders(subject, source) or _shift_by_range(subject, source)
        if shift:
            found[number] = shift
    return found


def _shift_by_folders(subject: Subject, source: Source) -> int:
    """The displacement from the classes that the folders name, if it is 1 or -1 for most samples."""
    known = class_of_folders(subject.classes, source.entries)
    differences: Counter[int] = Counter()
    for entry in source.entries:
        label = entry.labels[0] if entry.labels and len(entry.labels) == 1 else None
        if label is not None and entry.name in known:
            differences[label - known[entry.name]] += 1
    if not differences:
        return 0
    shift, count = differences.most_common(1)[0]
    return shift if abs(shift) == 1 and count > _MOST * differences.total() else 0


def _shift_by_range(subject: Subject, source: Source) -> int:
    """1 if labels are 1 to the number of classes, or where that is not known, if no list has a 0."""
    labels = _all_labels(source.entries)
    if not labels or min(labels) != 1:
        return 0
    if subject.num_classes is not None:
        return int(max(labels) == subject.num_classes)
    everything = _all_labels(subject.entries)
    is_dense = len({*labels}) == max(labels) > 1
    return int(min(everything) == 1 and is_dense)


def _all_labels(entries: Sequence[Entry]) -> list[int]:
    return [label for entry in entries for label in entry.labels or () if label != -1]


def correct(subject: Subject, displaced: dict[int, int]) -> Subject:
    """Copy with labels that count from 0 in every source."""
    sources = []
    for number, source in enumerate(subject.sources):
        shift = displaced.get(number, 0)
        entries = source.entries
        if shift:
            entries = [
                replace(entry, labels=entry.labels and tuple(label - shift for label in entry.labels))
                for entry in entries
            ]
        sources.append(replace(source, entries=entries))
    return replace(subject, sources=sources)


def off_by_one(subject: Subject, displaced: dict[int, int]) -> Iterator[Finding]:
    """Findings about lists whose labels are displaced."""
    for number, shift in displaced.items():
        source = subject.sources[number]
        labels = _all_labels(source.entries)
        detail = f'labels are {min(labels)} to {max(labels)}, and count from 0 here: subtract 1'
        if shift < 0:
            detail = 'labels are smaller by 1 than the classes that the folders name: add 1'
        yield Finding('off by one', source.split, source.ann_file, detail, source.ann_file)


def out_of_range(subject: Subject) -> Iterator[Finding]:
    """Findings about labels without a class; ``subject`` has corrected labels."""
    limit = subject.num_classes
    for source in subject.sources:
        for entry in source.entries:
            for label in entry.labels or ():
                if label == -1 and not source.is_training:
                    continue
                if label == -1:
                    yield subject.finding('label out of range', entry, 'it has no label, or -1, and is trained on')
                elif label < 0:
                    yield subject.finding('label out of range', entry, f'label {label} is negative')
                elif limit is not None and label >= limit:
                    yield subject.finding('label out of range', entry, f'label {label} is not in 0 to {limit - 1}')


def without_samples(subject: Subject) -> Iterator[Finding]:
    """Findings about classes that no training sample has; ``subject`` has corrected labels."""
    training = [source for source in subject.sources if source.is_training and source.entries]
    labels = {label for source in training for label in _all_labels(source.entries)}
    if not labels:
        return
    count = subject.num_classes or max(labels) + 1
    absent = [label for label in range(count) if label not in labels]
    if absent:
        names = [_name(subject, label) for label in absent]
        source = training[0]
        detail = f'{len(absent)} of {count} classes have no sample to train on: {shorten(names, 8)}'
        yield Finding('class without samples', source.split, source.ann_file, detail, source.ann_file)


def _name(subject: Subject, label: int) -> str:
    if subject.classes and 0 <= label < len(subject.classes):
        return f'{label} ({subject.classes[label]})'
    return str(label)


def histogram(subject: Subject) -> dict[str, Counter[int]]:
    """Number of samples of each class, per split."""
    counts: dict[str, Counter[int]] = {}
    for source in subject.sources:
        counts.setdefault(source.split, Counter()).update(_all_labels(source.entries))
    return counts
