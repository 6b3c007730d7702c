"""Import of an annotation file to a folder of training data, and export of annotations to the file of a tool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

from mmaction.annotations.ava import actions_of, write_ava, write_label_map
from mmaction.annotations.base import Reading, Writing, write_text
from mmaction.annotations.checks import check_project
from mmaction.annotations.findings import AnnotationError, Finding, Findings, Level
from mmaction.annotations.formats import read_annotations, write_annotations
from mmaction.annotations.media import Media
from mmaction.annotations.record import Project
from mmaction.annotations.split import SplitBy, split_project
from mmaction.annotations.targets import Targets

__all__ = ['Export', 'Import', 'Imported', 'export_annotations', 'import_annotations', 'table_of']


@dataclass(frozen=True)
class Import:
    """Settings of an import.

    Args:
        source: annotation file, or folder of files.
        out: folder to write to.
        videos: folder of the videos; None takes the paths in the annotation file.
        format: name of the format; None detects it.
        fps: frames per second, in place of those of the video files.
        val: proportion of the videos for validation, where the annotation states no splits.
        split_by: videos that stay together, see :func:`split_project`.
        seed: of the split.
        rate: labels per second of the labels per frame; None for the frame rate.
        attributes: attributes of boxes that state actions; None takes all.
        skip_errors: leave out what is faulty; else an error stops the import.
        test: proportion of the videos for testing, where the annotation states no splits.
    """

    source: Path
    out: Path
    videos: Path | None = None
    format: str | None = None
    fps: float | None = None
    val: float = 0.2
    split_by: SplitBy = 'video'
    seed: int = 0
    rate: float | None = None
    attributes: Sequence[str] | None = None
    skip_errors: bool = False
    test: float = 0.0


@dataclass
class Imported:
    """What an import gave.

    Attributes:
        project: the annotations, with the facts of the videos and their splits.
        findings: of reading, checking and writing.
        written: the files.
    """

    project: Project
    findings: Findings
    written: list[Path] = field(default_factory=list)


def import_annotations(settings: Import) -> Imported:
    """Read annotations of any format, find and check their videos, and write the training data.

    Raises:
        FileNotFoundError: the annotation file, or the folder of videos, does not exist.
        AnnotationError: the file is not of the format, or there is nothing in it. Faults of rows are findings.
    """
    findings = Findings()
    media = Media(settings.videos, settings.fps)
    reading = Reading(findings, media.fps_of)
    project = read_annotations(settings.source, settings.format, reading)
    project = media.attach(project, findings)
    check_project(project, findings)
    imported = Imported(project, findings)
    if findings.of('error') and not settings.skip_errors:
        return imported
    annotated = [video for video in project.videos if video.segments or video.labels or video.tracks]
    if not annotated:
        problem = 'there is no annotation of a video' if project.videos else 'there is no video'
        raise AnnotationError([*findings.of('error'), Finding('error', str(settings.source), problem)])
    project = replace(project, videos=tuple(annotated))
    imported.project = split_project(project, settings.val, settings.split_by, settings.seed, settings.test)
    imported.written = _write(imported.project, settings, findings)
    return imported


def _write(project: Project, settings: Import, findings: Findings) -> list[Path]:
    out = settings.out
    out.mkdir(parents=True, exist_ok=True)
    written = write_annotations(project, out / 'annotations.json', 'json', Writing(findings))
    classes = project.all_labels()
    targets = Targets(out, classes, findings, settings.videos)
    if classes:
        write_text(out / 'labels.txt', '\n'.join(classes) + '\n')
        written.append(out / 'labels.txt')
    actions = _actions(project, settings.attributes)
    for split in dict.fromkeys(video.split for video in project.videos):
        part = replace(project, videos=tuple(video for video in project.videos if video.split == split))
        files = [
            targets.video_list(f'videos_{split}.txt', part),
            targets.segment_list(f'segments_{split}.txt', part),
            targets.activitynet(f'activitynet_{split}.json', part),
        ]
        written += [file for file in files if file]
        if actions and any(video.tracks for video in part.videos):
            write_ava(part, out / f'ava_{split}.csv', actions, findings, settings.attributes)
            written.append(out / f'ava_{split}.csv')
    if actions:
        write_label_map(out / 'ava_labels.pbtxt', actions)
        written.append(out / 'ava_labels.pbtxt')
    written += targets.frames('frames', project, settings.rate)
    return written


def _actions(project: Project, attributes: Sequence[str] | None) -> list[str]:
    actions = set()
    for video in project.videos:
        for track in video.tracks:
            for box in track.boxes:
                actions.update(actions_of(track, box, attributes))
    return sorted(actions)


@dataclass(frozen=True)
class Export:
    """Settings of an export.

    Args:
        source: annotations or predictions of any format.
        out: file to write; a folder for several videos where a file of the format describes one.
        to: name of the format.
        format: of the source; None detects it.
        into: existing file or folder whose content stays.
        videos: folder of the videos, for formats that need facts or the files of them.
        fps: frames per second, where they are needed and unknown.
        model: name of the model, for segments that state none; they become predictions.
        min_score: lower scores are left out.
    """

    source: Path
    out: Path
    to: str
    format: str | None = None
    into: Path | None = None
    videos: Path | None = None
    fps: float | None = None
    model: str = ''
    min_score: float | None = None


def export_annotations(settings: Export) -> tuple[list[Path], Findings]:
    """Write annotations or predictions of any format in the format of a tool.

    Raises:
        FileNotFoundError: a file does not exist.
        AnnotationError: a row is faulty, or the project cannot be written in this format.
    """
    findings = Findings()
    media = Media(settings.videos, settings.fps)
    project = read_annotations(settings.source, settings.format, Reading(findings, media.fps_of))
    findings.raise_errors()
    if settings.videos is not None:
        project = media.attach(project, findings)
        findings.raise_errors()
    if settings.model or settings.min_score is not None:
        project = as_predictions(project, settings.model, settings.min_score)
    written = write_annotations(project, settings.out, settings.to, Writing(findings, settings.fps), settings.into)
    return written, findings


def as_predictions(project: Project, model: str, min_score: float | None = None) -> Project:
    """Name the model of segments that state none, and leave out those with a lower score than ``min_score``."""
    videos = []
    for video in project.videos:
        segments = []
        for segment in video.segments:
            if min_score is None or segment.score is None or segment.score >= min_score:
                segments.append(replace(segment, model=segment.model or model))
        videos.append(replace(video, segments=tuple(segments)))
    return replace(project, videos=tuple(videos))


_SHOWN = 40  # findings in a table


def table_of(findings: Findings, shown: int = _SHOWN) -> str:
    """The findings as text: errors, then warnings, then what was dropped, one per line."""
    lines = []
    for level in get_args(Level):
        items = findings.of(level)
        for item in items[:shown]:
            lines.append(f'{level:8}{item}')
        if len(items) > shown:
            lines.append(f'{level:8}and {len(items) - shown} more')
    return '\n'.join(lines)
