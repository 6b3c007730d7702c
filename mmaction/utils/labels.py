"""Class-name files: one name per line, whose position is the class index."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath

from mmaction.utils.files import read_as_utf8
from mmaction.utils.shipped import shipped_file


def read_labels(path: str | PathLike[str]) -> list[str]:
    """Read the class names of a file, one per line, in UTF-8.

    Blank lines at the end are dropped. One between names is an error: dropping it would shift the index of every class
    below, and keeping it would add a class without a name. Both look right until the wrong names are printed.

    Args:
        path: a file on disk or of a file backend of mmengine; or one that comes with the package, such as
            ``tools/data/kinetics/label_map_k400.txt``, from any working directory.

    Raises:
        FileNotFoundError: ``path`` does not exist.
        ValueError: a blank line precedes a class name, or it is not UTF-8 text.
    """
    from mmengine.fileio import exists, list_from_file  # commands answer --help without it

    path = fspath(path)
    if not exists(path):
        shipped = shipped_file(path)
        if shipped is None:
            raise FileNotFoundError(f'There is no file of class names at {path}.')
        path = str(shipped)
    # utf-8-sig drops the byte order mark of editors on Windows, which would become part of the first name.
    with read_as_utf8(path, 'It should hold the names of classes.'):
        names = [line.strip() for line in list_from_file(path, encoding='utf-8-sig')]
    while names and not names[-1]:
        names.pop()
    if '' in names:
        line = names.index('') + 1
        raise ValueError(
            f'{path}, line {line}: blank, between the names of classes. Delete the line, or write a name there if '
            f'class {line - 1} exists.'
        )
    return names


def names_of_classes(classes: Sequence[str] | str | None, num_classes: int) -> list[str] | None:
    """Names of the classes of a model: as they are given, or those in a file; None for None.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: their number is not ``num_classes``.
    """
    if classes is None:
        return None
    names = read_labels(classes) if isinstance(classes, str) else list(classes)
    if len(names) != num_classes:
        raise ValueError(f'classes has {len(names)} names, but num_classes is {num_classes}.')
    return names
