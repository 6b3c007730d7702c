"""The table of annotation formats: detection, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mmaction.annotations.activitynet import ActivityNet
from mmaction.annotations.base import Format, Reading, Writing, read_text
from mmaction.annotations.boris import Boris
from mmaction.annotations.class_folders import ClassFolders
from mmaction.annotations.cvat import Cvat
from mmaction.annotations.elan import Elan
from mmaction.annotations.feral import Feral
from mmaction.annotations.findings import malformed
from mmaction.annotations.label_studio import LabelStudio
from mmaction.annotations.loss import reduce_to
from mmaction.annotations.neutral import Neutral
from mmaction.annotations.record import Project
from mmaction.annotations.table import BorisEvents, Table
from mmaction.annotations.via import Via
from mmaction.utils.check import pick

__all__ = ['FORMATS', 'detect_format', 'read_annotations', 'write_annotations']

_HEAD = 1 << 16  # characters that a format is recognized by

FOLDERS = ClassFolders()
# A table of rows is the most general one, and last.
_ALL: tuple[Format, ...] = (
    Neutral(),
    Boris(),
    Elan(),
    Cvat(),
    Via(),
    Feral(),
    LabelStudio(),
    ActivityNet(),
    BorisEvents(),
    Table(),
    FOLDERS,
)
FORMATS: Mapping[str, Format] = {format.name: format for format in _ALL}


def detect_format(path: str | Path) -> Format:
    """Detect the format of a file or folder, by suffix and content.

    Raises:
        FileNotFoundError: there is no such file.
        AnnotationError: it is of none.
    """
    path = Path(path)
    if path.is_dir():
        return _detect_folder(path)
    head = read_text(path)[:_HEAD]
    for format in FORMATS.values():
        if path.suffix.lower() in format.suffixes and format.recognizes(head):
            return format
    # A suffix may be wrong, as .json for a project of BORIS; content alone decides then.
    for format in FORMATS.values():
        if format.suffixes and format.recognizes(head):
            return format
    raise malformed(
        str(path),
        '',
        f'this is none of the formats {", ".join(FORMATS)}',
        'Export it again as one of them, or name its format with --format.',
    )


def _detect_folder(path: Path) -> Format:
    if FOLDERS.recognizes_folder(path):
        return FOLDERS
    for format in FORMATS.values():
        for file in sorted(path.rglob('*')):
            if file.suffix.lower() in format.suffixes and file.is_file() and format.recognizes(read_text(file)[:_HEAD]):
                return format
    raise malformed(
        str(path), '', f'no file in the folder is of one of the formats {", ".join(FORMATS)}', 'Correct the path.'
    )


def choose_format(name: str | None, path: str | Path) -> Format:
    """The format of a name; None detects it."""
    return detect_format(path) if name is None else pick(FORMATS, name, 'format')


def read_annotations(path: str | Path, format: str | None = None, reading: Reading | None = None) -> Project:
    """Read an annotation file, or a folder of them.

    Args:
        path: the file.
        format: its name in :data:`FORMATS`; detected by default.
        reading: settings; has the findings afterwards. Without it, the first fault of a row raises.

    Raises:
        FileNotFoundError: there is no such file.
        AnnotationError: it is not of the format; or, without ``reading``, a row is faulty.
    """
    settings = reading or Reading()
    if not Path(path).exists():
        raise FileNotFoundError(f'There is no annotation file {path} (absolute: {Path(path).absolute()}).')
    project = choose_format(format, path).read(Path(path), settings)
    if reading is None:
        settings.findings.raise_errors()
    return project


def write_annotations(
    project: Project, path: str | Path, format: str, writing: Writing | None = None, into: str | Path | None = None
) -> list[Path]:
    """Write a project, and report what the format has no place for.

    Args:
        project: the annotations.
        path: file to write; a folder for several videos where a file of the format describes one.
        format: its name in :data:`FORMATS`.
        writing: settings; has the findings afterwards.
        into: existing file, or folder, whose content the written one keeps. It may be ``path`` itself.

    Returns:
        the written files.

    Raises:
        AnnotationError: the project cannot be written in this format.
    """
    settings = writing or Writing()
    chosen = pick(FORMATS, format, 'format')
    reduced = reduce_to(chosen, project, settings)
    return chosen.write(reduced, Path(path), settings, None if into is None else Path(into))
