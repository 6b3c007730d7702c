"""Labels against names: a folder, or a part of the file name, that stands for the class."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from mmaction.doctor.findings import Finding
from mmaction.doctor.sources import Entry, Subject

_MOST = 0.9  # of the samples must agree before the others count as faults
_FEWEST = 10  # samples to learn a rule from
_PER_CLASS = 3

Feature = tuple[str, int]


def class_of_folders(classes: Sequence[str] | None, entries: Sequence[Entry]) -> dict[str, int]:
    """Class index that a folder in the path names, for the samples that have such a folder: name -> index."""
    if not classes:
        return {}
    indices = {_plain(name): index for index, name in enumerate(classes)}
    found = {}
    for entry in entries:
        parents = [_plain(part) for part in PurePosixPath(entry.name.replace('\\', '/')).parts[:-1]]
        named = [indices[part] for part in parents if part in indices]
        if named:
            found[entry.name] = named[-1]
    return found


def _plain(name: str) -> str:
    return re.sub(r'[\W_]+', ' ', name).strip().casefold()


def against_names(subject: Subject, labels: Mapping[Entry, int]) -> dict[Entry, Finding]:
    """Find samples whose label is not the one that their path names.

    Two rules apply: a folder is called like a class; or a part of the path, such as the last number of the file name,
    goes with the label in nearly all samples.

    Args:
        subject: the samples, with corrected labels.
        labels: class index of those with one label.

    Returns:
        The finding about each such sample.
    """
    findings = {}
    entries = [*labels]
    reasons: dict[int, str] = {}
    classes = subject.classes or []
    folders = class_of_folders(subject.classes, entries)
    agreeing = sum(labels[entry] == folders[entry.name] for entry in entries if entry.name in folders)
    if folders and agreeing > len(folders) / 2:
        for position, entry in enumerate(entries):
            index = folders.get(entry.name)
            if index is not None and index != labels[entry]:
                reasons[position] = f'its folder names class {index} ({classes[index]})'
    for position, reason in _against_parts(entries, [labels[entry] for entry in entries]).items():
        reasons.setdefault(position, reason)
    for position in sorted(reasons):
        entry = entries[position]
        label = labels[entry]
        name = f' ({classes[label]})' if label < len(classes) else ''
        detail = f'its label is {label}{name}, but {reasons[position]}'
        findings[entry] = subject.finding('mislabeled', entry, detail)
    return findings


def _against_parts(entries: Sequence[Entry], labels: Sequence[int]) -> dict[int, str]:
    """Reasons, by position, of samples that break a rule which nearly all others follow."""
    if len(entries) < _FEWEST:
        return {}
    parts = [_parts(entry.name) for entry in entries]
    reasons: dict[int, str] = {}
    for feature in sorted({feature for found in parts for feature in found}):
        values = [found.get(feature) for found in parts]
        meaning = _meaning(values, labels)
        for position, (value, label) in enumerate(zip(values, labels)):
            if value in meaning and meaning[value] != label:
                kind = 'its folder' if feature[0] == 'folder' else 'the part of its name'
                reasons.setdefault(position, f'{kind} {value!r} goes with label {meaning[value]} in other samples')
    return reasons


def _parts(name: str) -> dict[Feature, str]:
    """Folders counted from the file, and words of the file name counted from its start and from its end."""
    path = PurePosixPath(name.replace('\\', '/'))
    found: dict[Feature, str] = {}
    for number, folder in enumerate(reversed(path.parts[:-1])):
        found['folder', number] = folder.casefold()
    words = [word for word in re.split(r'[\W_]+', path.stem.casefold()) if word]
    for number, word in enumerate(words):
        found['word', number] = word
        found['word', number - len(words)] = word
    return found


def _meaning(values: Sequence[str | None], labels: Sequence[int]) -> dict[str, int]:
    """The label of each value, if each stands for one label and the other way round; empty if it is no such rule.

    A few samples may have other values, or none: they follow another scheme of names.
    """
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for value, label in zip(values, labels):
        if value is not None:
            counts[value][label] += 1
    counts = {value: found for value, found in counts.items() if found.total() >= _PER_CLASS}
    usual = {value: found.most_common(1)[0] for value, found in counts.items()}
    meaning = {value: label for value, (label, _) in usual.items()}
    agreeing = sum(count for _, count in usual.values())
    if len(meaning) < 2 or {*meaning.values()} != {*labels} or len({*meaning.values()}) < len(meaning):
        return {}
    return meaning if agreeing >= _MOST * len(values) else {}
