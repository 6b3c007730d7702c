"""Predictions of a run on new videos, in the format of an annotation tool: ``mmaction annotate``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmaction.annotations import FORMATS, Findings, Project, Video, Writing, write_annotations
from mmaction.annotations.media import Media
from mmaction.distributed.jobs import Job, attempt
from mmaction.study.encode import encode_video, encoder_of_run
from mmaction.study.predict import Predictor
from mmaction.study.run import Run
from mmaction.utils.check import at_least, pick, shorten, within
from mmaction.utils.progress import track
from mmaction.video.suffixes import VIDEO_SUFFIXES

__all__ = ['Annotate', 'Annotated', 'annotate_videos', 'find_videos']


@dataclass(frozen=True)
class Annotate:
    """Settings of ``mmaction annotate``.

    Args:
        videos: video files, folders of them, or lists of them, one path per line, that end in ``.txt``.
        run: folder of ``mmaction fit``.
        to: format to write, see :data:`mmaction.annotations.FORMATS`.
        out: file to write; a folder where a file of the format describes one video.
        into: existing file or folder whose content stays.
        min_score: segments with a lower score are left out.
        min_sec: shorter segments are left out.
        cache: folder of the features; None for that of the training, where a video of the study is encoded already.
        device: of the encoder; None takes a GPU if there is one.
        compile: compile the encoder, whose precision is that of the training.
    """

    videos: Sequence[str]
    run: Path
    to: str
    out: Path
    into: Path | None = None
    min_score: float = 0.0
    min_sec: float = 0.0
    cache: Path | None = None
    device: str | None = None
    compile: bool = False


@dataclass
class Annotated:
    """The outcome.

    Attributes:
        videos: with the predictions.
        written: files.
        failures: reasons, of the videos that cannot be read.
        findings: of the writer.
    """

    videos: list[Video] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)


def annotate_videos(settings: Annotate) -> Annotated:
    """Predict the videos, and write the file.

    A video that cannot be read is a failure, and the others go on; without any, nothing is written.

    Raises:
        FileNotFoundError: a video, the run or ``into`` does not exist.
        FileExistsError: ``out`` exists, and ``into`` is not given.
        ValueError: the encoder gives other features than in training, or there is no such format.
        AnnotationError: the predictions cannot be written in this format.
    """
    within(0, 1, settings.min_score, 'min_score')
    at_least(0, settings.min_sec, 'min_sec')
    format = pick(FORMATS, settings.to, 'format')
    out = settings.out
    if settings.into is None and (out.is_file() or (format.per_video and out.is_dir() and any(out.iterdir()))):
        raise FileExistsError(
            f'{out} exists. Pass --into {out} to add the predictions to it and keep what is there, or another --out.'
        )
    if settings.into is not None and not settings.into.exists():
        raise FileNotFoundError(f'There is no {settings.into} (absolute: {settings.into.absolute()}) to write into.')
    run = Run.load(settings.run)
    videos = find_videos(settings.videos)
    extractor = encoder_of_run(run, settings.cache or run.features, settings.device, settings.compile)
    predictor = Predictor.of_run(run)
    media = Media()
    result = Annotated()

    def predict(job: Job) -> None:
        facts = media.facts(Path(job.source))
        steps = encode_video(extractor, job.source, run.record.step_sec)
        segments = predictor(steps, settings.min_sec).segments
        kept = tuple(segment for segment in segments if (segment.score or 0.0) >= settings.min_score)
        labels: tuple[str, ...] = ()
        if 'segments' not in format.holds:
            labels = tuple(segment.label for segment in kept)
            kept = ()
        duration = facts.num_frames / facts.fps
        result.videos.append(
            Video(job.target, job.source, facts.fps, duration, facts.num_frames, facts.size, labels, kept)
        )

    for name, path in track(videos.items(), 'Videos', total=len(videos)):
        reason = attempt(predict, Job(path, name))
        if reason:
            result.failures.append(reason)
    if result.videos:
        project = Project(tuple(result.videos), tuple(c for c in run.record.classes if c not in run.record.background))
        writing = Writing(result.findings)
        result.written = write_annotations(project, out, settings.to, writing, settings.into)
    return result


def find_videos(given: Sequence[str]) -> dict[str, str]:
    """Find the videos: path by name, which is the path below the given folder, or the name of the file.

    Raises:
        FileNotFoundError: a path does not exist, or there is no video.
        ValueError: two videos have the same name.
    """
    found: dict[str, str] = {}
    for item in given:
        path = Path(item)
        if not path.exists():
            raise FileNotFoundError(f'There is no video or folder {item} (absolute: {path.absolute()}).')
        for name, file in _below(path):
            absolute = os.path.abspath(file)
            if found.setdefault(name, absolute) != absolute:
                raise ValueError(f'Two videos are called {name}: {found[name]} and {absolute}. Rename one of them.')
    if not found:
        raise FileNotFoundError(
            f'There is no video in {shorten(given)}. Files with these suffixes count: {", ".join(VIDEO_SUFFIXES)}.'
        )
    return found


def _below(path: Path) -> list[tuple[str, Path]]:
    if path.is_dir():
        files = [file for file in sorted(path.rglob('*')) if file.suffix.lower() in VIDEO_SUFFIXES and file.is_file()]
        return [(file.relative_to(path).as_posix(), file) for file in files]
    if path.suffix.lower() != '.txt':
        return [(path.name, path)]
    lines = [line.strip() for line in path.read_text(encoding='utf-8-sig').splitlines()]
    files = []
    for line in filter(None, lines):
        file = Path(line)
        # A relative path is one from the list, or from here.
        beside = path.parent / file
        files.append(beside if beside.exists() else file)
    return [(file.name, file) for file in files]
