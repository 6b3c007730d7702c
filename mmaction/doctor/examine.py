"""Examine a data set: media, labels, content and groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mmaction.doctor import labels as of_labels
from mmaction.doctor.content import duplicates, leakage
from mmaction.doctor.findings import Finding, Kind
from mmaction.doctor.media import Reports, check_media
from mmaction.doctor.names import against_names
from mmaction.doctor.sources import Entry, Subject
from mmaction.utils.check import shorten


@dataclass
class Diagnosis:
    """The outcome of :func:`examine`.

    Attributes:
        subject: the samples, with labels that count from 0.
        shifts: displacement of the labels of each source that was off by one.
        findings: the faults.
        notes: what is unusual and may be intended.
        histogram: number of samples of each class index, per split.
        reports: of the media, by path.
    """

    subject: Subject
    shifts: dict[int, int]
    findings: list[Finding]
    notes: list[str] = field(default_factory=list)
    histogram: Mapping[str, Counter[int]] = field(default_factory=dict)
    reports: Reports = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As a dict."""
        sources = []
        for source in self.subject.sources:
            sources.append({'split': source.split, 'ann_file': source.ann_file, 'samples': len(source.entries)})
        classes = self.subject.classes or []
        counts = {
            split: {
                classes[label] if 0 <= label < len(classes) else str(label): count
                for label, count in sorted(found.items())
            }
            for split, found in self.histogram.items()
        }
        return {
            'sources': sources,
            'findings': [finding.to_json() for finding in self.findings],
            'notes': self.notes,
            'classes': counts,
        }


def examine(
    subject: Subject, *, jobs: int, record_file: str, resume: bool = False, group: str | None = None
) -> Diagnosis:
    """Examine the samples of a data set.

    Args:
        subject: the samples.
        jobs: number of processes.
        record_file: see :func:`check_media`.
        resume: see :func:`check_media`.
        group: see :func:`leakage`.
    """
    reports = check_media(subject, jobs, record_file, resume)
    findings = [finding for source in subject.sources for finding in source.findings]
    findings += _media_findings(subject, reports)
    shifts = of_labels.shifts(subject)
    findings += of_labels.off_by_one(subject, shifts)
    subject = of_labels.correct(subject, shifts)
    wrong = [*of_labels.out_of_range(subject)]
    findings += wrong
    findings += of_labels.without_samples(subject)
    labels = _valid_labels(subject)
    mislabeled = against_names(subject, labels)
    copies = duplicates(subject, reports, labels, mislabeled)
    findings += _without_repetition([*mislabeled.values(), *copies.findings])
    leaks, grouping = leakage(subject, copies.across, group)
    findings += leaks
    diagnosis = Diagnosis(subject, shifts, findings, [], of_labels.histogram(subject), reports)
    diagnosis.notes += _notes(diagnosis, copies.repeated, grouping)
    return diagnosis


def _media_findings(subject: Subject, reports: Reports) -> list[Finding]:
    findings = []
    for entry in subject.entries:
        report = reports.get(entry.path)
        if report is None:
            continue
        findings += [subject.finding(fault.kind, entry, fault.detail) for fault in report.faults]
    return findings


def _valid_labels(subject: Subject) -> dict[Entry, int]:
    """Class index of each sample that has exactly one, within range."""
    found = {}
    for entry in subject.entries:
        label = of_labels.single_label(entry)
        if label is not None and 0 <= label < (subject.num_classes or label + 1):
            found[entry] = label
    return found


def _without_repetition(findings: Sequence[Finding]) -> list[Finding]:
    """Keep the first finding of a kind about a sample."""
    kept: dict[tuple[Kind, str, int, str], Finding] = {}
    for finding in findings:
        kept.setdefault((finding.kind, finding.ann_file, finding.line, finding.where), finding)
    return list(kept.values())


def _notes(diagnosis: Diagnosis, repeated: list[str], grouping: str) -> list[str]:
    notes = []
    if repeated:
        notes.append(f'{len(repeated)} pairs of one split and class: {shorten(repeated, 2)}')
    if grouping:
        notes.append(f'groups: {grouping}')
    for source in diagnosis.subject.sources:
        counts = diagnosis.histogram[source.split]
        if source.is_training and counts and max(counts.values()) > 10 * min(counts.values()):
            notes.append(
                f'{source.split}: the largest class has {max(counts.values())} samples, the smallest '
                f'{min(counts.values())}; ClassBalancedDataset draws classes evenly'
            )
    unknown = sum(entry.medium == 'none' for entry in diagnosis.subject.entries)
    if unknown:
        notes.append(f'{unknown} samples have no video or folder of frames, so that only their labels are examined')
    return notes
