"""The contract of an annotation format, and what all of them share."""

from __future__ import annotations

import codecs
import json
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

from mmaction.annotations.findings import Findings, malformed
from mmaction.annotations.record import BoxUnit, Project, Video, merge_projects
from mmaction.utils.files import complete_or_absent

__all__ = ['Feature', 'Format', 'Grid', 'Reading', 'Writing', 'read_text']

Feature = Literal[
    'segments',  # labeled intervals
    'points',  # segments without a length
    'overlaps',  # segments at the same time
    'touching',  # segments of a label that follow each other without a gap stay apart
    'self_overlaps',  # also of the same label, subject and model
    'subjects',
    'scores',
    'models',  # the model that predicted a segment
    'video_labels',  # labels of a whole video
    'tracks',
    'box_attributes',  # attributes, and whether it is occluded
    'fps',
    'durations',
    'sizes',
    'splits',
    'declared_labels',  # class names that no annotation uses
    'empty_videos',  # videos without an annotation
]
FEATURES: tuple[Feature, ...] = get_args(Feature)
# Segments with all that they may have.
SEGMENTS: frozenset[str] = frozenset(
    ['segments', 'points', 'overlaps', 'self_overlaps', 'touching', 'subjects', 'scores', 'models']
)

Grid = Literal['exact', 'milliseconds', 'frames']


def _unknown(name: str) -> None:
    """Frames per second of a video, where nothing is known of it."""


@dataclass
class Reading:
    """Settings of an import, and what it finds.

    Attributes:
        findings: added to while reading.
        fps: frames per second of a video by name, for formats that count in frames; None where unknown.
    """

    findings: Findings = field(default_factory=Findings)
    fps: Callable[[str], float | None] = _unknown

    def fps_of(self, name: str, stated: float | None = None) -> float | None:
        """Frames per second of a video: those of its file, else what the format states."""
        return self.fps(name) or stated


@dataclass
class Writing:
    """Settings of an export, and what it finds.

    Attributes:
        findings: added to while writing.
        fps: frames per second of videos that have none in their record.
    """

    findings: Findings = field(default_factory=Findings)
    fps: float | None = None

    def fps_of(self, video: Video) -> float:
        """Frames per second of a video.

        Raises:
            AnnotationError: they are unknown.
        """
        fps = video.fps or self.fps
        if not fps:
            raise no_fps('', video.name)
        return fps


class Format(ABC):
    """An annotation format.

    A format of text files supplies :meth:`parse` and :meth:`render`.

    Attributes:
        name: of the format in commands.
        title: the tool and its file.
        suffixes: of its files.
        holds: members of ``FEATURES`` that it can represent; all others are reported as dropped by the writer.
        grid: times that it can represent.
        box_unit: of the boxes of tracks.
        box_digits: decimals that coordinates are rounded to; None keeps them.
        per_video: a file describes one video, so that a project is a folder of files.
        limits: what it cannot represent, in words, and how the rest is written.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    holds: ClassVar[frozenset[str]]
    grid: ClassVar[Grid] = 'exact'
    box_unit: ClassVar[BoxUnit] = 'pixels'
    box_digits: ClassVar[int | None] = None
    per_video: ClassVar[bool] = False
    limits: ClassVar[str]

    @abstractmethod
    def recognizes(self, head: str) -> bool:
        """True if the first 64 Ki characters of a file are of this format."""

    @abstractmethod
    def parse(self, text: str, reading: Reading) -> Project:
        """Read the text of a file.

        Raises:
            AnnotationError: it is not of this format at all. Faults of single rows are findings.
        """

    @abstractmethod
    def render(self, project: Project, writing: Writing, existing: str | None = None) -> str:
        """Make the text of a file; all that an ``existing`` one has stays in it."""

    def read(self, path: Path, reading: Reading) -> Project:
        """Read a file, or all files with a suffix of this format in a folder and below it.

        Raises:
            AnnotationError: a file is not of this format, or there is none.
        """
        projects = []
        for file in self.files(path):
            reading.findings.file = file.name
            projects.append(self.parse(read_text(file), reading))
        reading.findings.file = ''
        return merge_projects(projects).ordered()

    def files(self, path: Path) -> list[Path]:
        """The files of a project."""
        if not path.is_dir():
            return [path]
        files = [file for file in sorted(path.rglob('*')) if file.suffix.lower() in self.suffixes and file.is_file()]
        if not files:
            suffixes = ', '.join(self.suffixes)
            raise malformed(str(path), '', f'the folder has no file with the suffix {suffixes}', 'Correct the path.')
        return files

    def write(self, project: Project, path: Path, writing: Writing, into: Path | None = None) -> list[Path]:
        """Write a project.

        Args:
            project: reduced to what the format holds.
            path: file to write; a folder for several videos where a file describes one video.
            writing: settings.
            into: existing file, or folder of files, whose content the written one keeps.

        Returns:
            the written files.
        """
        is_file = path.suffix.lower() in self.suffixes
        if not self.per_video:
            self._write_file(path, project, writing, into)
            return [path]
        if is_file and len(project.videos) != 1:
            raise malformed(
                str(path),
                '',
                f'a file of {self.title} describes one video, and there are {len(project.videos)}',
                'Name a folder to write to.',
            )
        existing = {} if into is None else self._existing(into)
        if not is_file:
            return self._write_each(project, path, writing, existing)
        found = existing.get(_stem(project.videos[0]))
        if existing and found is None:
            raise malformed(
                str(into),
                '',
                f'it does not describe the video {project.videos[0].name!r}',
                'Name the file of this video.',
            )
        self._write_file(path, project, writing, found)
        return [path]

    def _write_each(self, project: Project, folder: Path, writing: Writing, existing: dict[str, Path]) -> list[Path]:
        """Write a file per video; existing files of other videos are copied as they are."""
        written: list[Path] = []
        for video in project.videos:
            found = existing.get(_stem(video))
            path = folder / (found.name if found else f'{_stem(video)}{self.suffixes[0]}')
            if path in written:
                path = folder / f'{_stem(video)}-{len(written)}{self.suffixes[0]}'
            self._write_file(path, Project((video,), project.labels), writing, found)
            written.append(path)
        for file in existing.values():
            path = folder / file.name
            if path not in written and not path.exists():
                shutil.copyfile(file, path)
                written.append(path)
        return written

    def _write_file(self, path: Path, project: Project, writing: Writing, into: Path | None) -> None:
        existing = None if into is None else read_text(into)
        mark = b'' if into is None else _mark(into.read_bytes())
        text = self.render(project, writing, existing)
        write_text(path, text, mark)

    def _existing(self, into: Path) -> dict[str, Path]:
        """The file of each video."""
        if not into.exists():
            raise FileNotFoundError(f'There is no file or folder {into} (absolute: {into.absolute()}) to write into.')
        found = {}
        for file in self.files(into):
            for video in self.parse(read_text(file), Reading(fps=lambda name: 1.0)).videos:
                found[_stem(video)] = file
        return found


def _stem(video: Video) -> str:
    return Path(video_key(video.name)).stem


def video_key(name: str) -> str:
    """Name of a video without folders, of any system."""
    return name.replace('\\', '/').rsplit('/', 1)[-1]


def no_fps(file: str, name: str) -> Exception:
    """Make the error for a video whose frames cannot be turned into seconds, or back."""
    return malformed(
        file,
        f'video {name!r}',
        'the format counts frames, and the frame rate is unknown',
        'Give the folder of the videos (--videos), or, where the command has it, the frames per second (--fps).',
    )


def read_text(path: Path) -> str:
    """Read a text file in UTF-8, or UTF-16 with a byte order mark, as spreadsheets write it.

    Raises:
        FileNotFoundError: there is no such file.
        AnnotationError: it is empty, or no text.
    """
    if not path.is_file():
        raise FileNotFoundError(f'There is no annotation file {path} (absolute: {path.absolute()}).')
    data = path.read_bytes()
    if not data.strip():
        raise malformed(str(path), '', 'the file is empty', 'Export it again.')
    mark = _mark(data)
    try:
        return data[len(mark) :].decode(_ENCODINGS[mark])
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b'\n') + 1
        raise malformed(
            str(path), f'line {row}', f'byte {data[error.start]:#04x} is no text in UTF-8', 'Save the file as UTF-8.'
        ) from None


# Encodings by their byte order mark; spreadsheets write all of them.
_ENCODINGS = {
    codecs.BOM_UTF8: 'utf-8',
    codecs.BOM_UTF16_LE: 'utf-16-le',
    codecs.BOM_UTF16_BE: 'utf-16-be',
    b'': 'utf-8',
}


def _mark(data: bytes) -> bytes:
    """The byte order mark of a file, which may be none."""
    return next(mark for mark in _ENCODINGS if data.startswith(mark))


def write_text(path: Path, text: str, mark: bytes = b'') -> None:
    """Write a text file, line ends as they are; an interrupted run leaves none.

    Args:
        path: the file.
        text: its content.
        mark: byte order mark, which tells the encoding; UTF-8 without one.
    """
    with complete_or_absent(str(path)) as unfinished:
        Path(unfinished).write_bytes(mark + text.encode(_ENCODINGS[mark]))


def parse_json(text: str, reading: Reading, title: str) -> Any:
    """Parse JSON.

    Raises:
        AnnotationError: it is malformed; has the line.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise malformed(
            reading.findings.file, f'line {error.lineno}', f'it is no JSON ({error.msg})', f'Export {title} again.'
        ) from None
