"""The report of a run: figures, page, and what to label next in the format of an annotation tool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmaction.annotations import FORMATS, Findings, Writing, read_annotations, write_annotations
from mmaction.annotations.base import write_text
from mmaction.study.report import figures, sections
from mmaction.study.report.errors import worst_mistakes
from mmaction.study.report.evidence import Evidence, evidence_of
from mmaction.study.report.footage import Footage
from mmaction.study.report.label_next import Candidate, as_project, candidates, choose, of_predictions
from mmaction.study.report.markup import Html, join, tag
from mmaction.study.report.page import Section, render
from mmaction.study.report.summary import summary
from mmaction.study.report.timeline import color_rules
from mmaction.study.run import Run, RunRecord
from mmaction.utils.check import at_least, pick

__all__ = ['Report', 'Settings', 'write_report']


@dataclass(frozen=True)
class Settings:
    """Settings of a report.

    Args:
        run: folder of ``mmaction fit``.
        out: file of the page; None is ``report.html`` in the folder.
        to: format of the annotation tool for what to label next.
        next: file to write it to, which needs ``to``.
        unlabeled: predictions of ``mmaction annotate`` on videos that nobody has labeled, in any format: what to label
            next is chosen from them instead of from the validation videos.
        clips: also write short clips of the segments, into a folder beside the page.
        errors: number of the worst errors.
        suggestions: number of segments to label next.
    """

    run: Path
    out: Path | None = None
    to: str | None = None
    next: Path | None = None
    unlabeled: Path | None = None
    clips: bool = False
    errors: int = 12
    suggestions: int = 20


@dataclass
class Report:
    """What was written.

    Attributes:
        page: the HTML file.
        next: files for the annotation tool.
        findings: what its format has no place for.
    """

    page: Path
    next: list[Path] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)


def write_report(settings: Settings) -> Report:
    """Write the page of a run, and what to label next.

    Raises:
        FileNotFoundError: there is no run, or it lacks a file.
        ValueError: ``to`` and ``next`` are not given together, or the format is unknown.
    """
    if (settings.to is None) != (settings.next is None):
        raise ValueError('--to FORMAT and --next FILE belong together: what to label next, in the format of a tool.')
    if settings.to is not None:
        pick(FORMATS, settings.to, '--to')
    at_least(0, settings.errors, 'errors')
    at_least(0, settings.suggestions, 'suggestions')
    run = Run.load(settings.run)
    evidence = evidence_of(run)
    finds_events = evidence.task == 'events'
    threshold = figures.best_threshold(evidence) if finds_events else 0.0
    evidence = figures.at_least_score(evidence, threshold) if threshold else evidence
    page = settings.out or run.folder / 'report.html'
    report = Report(page)
    clips = page.with_name(f'{page.stem}_clips') if settings.clips else None
    footage = Footage(page, clips=clips)

    videos = [outcome.truth for outcome in evidence.outcomes]
    found = candidates(evidence)
    if settings.unlabeled is not None:
        videos = list(read_annotations(settings.unlabeled).videos)
        found = of_predictions(videos)
    chosen = choose(found, settings.suggestions)
    if settings.to is not None and settings.next is not None:
        project = as_project(chosen, videos, evidence.foreground, run.name)
        report.next = write_annotations(project, settings.next, settings.to, Writing(report.findings))

    parts = [
        Section('summary', 'Summary', summary(run.record, evidence)),
        *_figures(evidence, threshold),
        *_errors(evidence, footage, settings.errors),
        Section('next', 'What to label next', _next(chosen, footage, settings)),
        Section('run', 'How it was made', _methods(run.record, footage)),
    ]
    text = render(f'{run.name}: what the model learned', parts, color_rules(len(evidence.foreground)))
    write_text(page, text)
    return report


def _figures(evidence: Evidence, threshold: float) -> list[Section]:
    if evidence.task == 'boxes':
        return []
    noun = 'clips' if evidence.task == 'clips' else 'segments'
    counted = figures.tally(evidence)
    by_class = figures.class_figures(counted, evidence.foreground)
    parts = [_of_classes(by_class, noun)]
    if threshold:
        text = (
            f'Predicted events with a score of at least {threshold:.2f} count on this page, those with a lower one are '
            f'left out: this is the best F1 on these videos. Pass it on: mmaction annotate ... --min-score '
            f'{threshold:.2f}.'
        )
        parts.append(tag('p', text))
    if evidence.task == 'frames':
        steps = figures.class_figures(figures.tally_steps(evidence), evidence.foreground)
        parts.append(tag('h3', 'Per moment'))
        parts.append(sections.by_class('Right at each step of the features', steps, noun))
        parts.append(sections.intervals(steps))
        note = 'Steps of a segment are alike, so that these intervals count segments, not steps.'
        parts.append(tag('p', note, class_='note'))
    return [
        Section('classes', 'Per class', join(parts)),
        Section('confusion', 'Confusion', sections.confusions(figures.confusion(evidence))),
    ]


def _of_classes(by_class: Sequence[figures.ClassFigures], noun: str) -> Html:
    """Table of clips or segments, with its warning and its method."""
    caption = 'Right label of the clip'
    if noun == 'segments':
        caption = f'Segments that are right: the same label, and an overlap (IoU) of {figures.IOU:g} or more'
    table = sections.by_class(caption, by_class, noun)
    return join([sections.few_examples(by_class, noun), table, sections.intervals(by_class)])


def _errors(evidence: Evidence, footage: Footage, count: int) -> list[Section]:
    if evidence.task == 'boxes':
        return []
    found = [Section('errors', 'Worst errors', sections.mistakes(worst_mistakes(evidence, count), footage))]
    if evidence.task != 'clips':
        found.insert(0, Section('timelines', 'Timelines', sections.timelines(evidence, footage)))
    return found


def _next(chosen: Sequence[Candidate], footage: Footage, settings: Settings) -> Html:
    exported = '' if settings.next is None else str(settings.next)
    source = (
        'These are the segments of the validation videos that the model is least certain of, spread over videos and '
        'labels. Check their annotation, and label more footage of this kind. For videos that nobody has labeled, '
        'predict them with mmaction annotate, and pass the file with --unlabeled.'
    )
    if settings.unlabeled is not None:
        source = (
            f'These are the segments of {settings.unlabeled.name} that the model is least certain of, spread over '
            'videos and labels. To label or correct them helps more than to label others.'
        )
    return join([tag('p', source), sections.to_label(chosen, footage, exported)])


def _methods(record: RunRecord, footage: Footage) -> Html:
    notes = [
        f'The thumbnails in this page have {footage.used_bytes / 1024:.0f} KiB; the limit is '
        f'{footage.max_bytes / 1024:.0f} KiB.',
        'Videos are linked by relative path: keep this file where it is, or move both.',
    ]
    if footage.clips is not None:
        notes.append(f'Clips of segments are in {footage.clips.name}: move this folder with the page.')
    return join([sections.record_of(record), tag('p', ' '.join(notes), class_='note')])
